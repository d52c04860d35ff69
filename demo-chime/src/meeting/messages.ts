/** The messages between the meeting page and its server. Does not depend on either. */
import * as v from 'valibot';

/** The path of the server's API, relative to the page. */
export const API = 'api/meeting';

/** The most characters in the name of a meeting or a person. */
export const LONGEST_NAME = 40;

const name = (of: string) =>
  v.pipe(
    v.optional(v.string(`${of} must be text.`), ''),
    v.trim(),
    v.minLength(1, `${of} is missing.`),
    v.maxLength(LONGEST_NAME, `${of} is longer than ${LONGEST_NAME} characters.`),
    v.regex(/^[^\p{Cc}\p{Cf}]*$/u, `${of} contains invisible characters.`),
  );
const meetingName = name('The meeting name');
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(100));

/** `POST join`: joins a meeting. The server creates the meeting if none has that name. */
export const joinRequest = v.object({ meeting: meetingName, name: name('Your name') });
export type JoinRequest = v.InferOutput<typeof joinRequest>;

/** `POST leave`: an attendee has left. The meeting ends when the last attendee leaves. */
export const leaveRequest = v.object({ meeting: meetingName, attendeeId: id });
export type LeaveRequest = v.InferOutput<typeof leaveRequest>;

/** `GET attendees?meeting=NAME`. */
export const attendeesRequest = v.object({ meeting: meetingName });

/** What the Chime SDK needs to join: the URLs of the meeting, and the attendee with a token for this meeting alone. */
export const ticket = v.object({
  meeting: v.looseObject({ MeetingId: id, MediaRegion: v.string(), MediaPlacement: v.looseObject({}) }),
  attendee: v.object({ AttendeeId: id, ExternalUserId: id, JoinToken: v.string() }),
});
export type Ticket = v.InferOutput<typeof ticket>;

/** The names of the attendees of a meeting, by the attendee ID of the Chime SDK. */
export const attendees = v.object({ names: v.record(v.string(), v.string()) });
export type Attendees = v.InferOutput<typeof attendees>;

/** `GET status`: whether the server can create meetings, and otherwise what is missing and how to fix it. */
export const status = v.variant('ready', [
  v.object({ ready: v.literal(true), region: v.string(), mediaRegion: v.string() }),
  v.object({ ready: v.literal(false), problem: v.string(), remedies: v.array(v.string()) }),
]);
export type Status = v.InferOutput<typeof status>;

/** The status on a static host without the demo's server. The built page contains it as a file at the same path. */
export const WITHOUT_SERVER: Status = {
  ready: false,
  problem: 'This page was opened without the demo’s server, which creates the meetings.',
  remedies: [
    'Clone the Cyclorama repository, run "npm start", and open the URL that it prints.',
    'The server needs AWS credentials. It reports which ones are missing.',
  ],
};

/** The answer to a request that failed. */
export const failure = v.object({ problem: v.string() });
export type Failure = v.InferOutput<typeof failure>;
