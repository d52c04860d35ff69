/** What the meeting page and its server say to each other. Knows neither. */
import * as v from 'valibot';

/** Where the server answers, relative to the page. */
export const API = 'api/meeting';

/** A meeting and a person have names of at most so many characters. */
export const LONGEST_NAME = 40;

const name = (of: string) =>
  v.pipe(
    v.optional(v.string(`${of} has to be text.`), ''),
    v.trim(),
    v.minLength(1, `${of} is missing.`),
    v.maxLength(LONGEST_NAME, `${of} is longer than ${LONGEST_NAME} characters.`),
    v.regex(/^[^\p{Cc}\p{Cf}]*$/u, `${of} has characters that cannot be seen.`),
  );
const meetingName = name('The name of the meeting');
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(100));

/** `POST join`: somebody wants to be in a meeting, which is made if there is none of that name. */
export const joinRequest = v.object({ meeting: meetingName, name: name('Your name') });
export type JoinRequest = v.InferOutput<typeof joinRequest>;

/** `POST leave`: an attendee has gone; the last one ends the meeting. */
export const leaveRequest = v.object({ meeting: meetingName, attendeeId: id });
export type LeaveRequest = v.InferOutput<typeof leaveRequest>;

/** `GET attendees?meeting=NAME`. */
export const attendeesRequest = v.object({ meeting: meetingName });

/** What the Chime SDK needs to join: the meeting's addresses, and the attendee with a token that is good for this meeting alone. */
export const ticket = v.object({
  meeting: v.looseObject({ MeetingId: id, MediaRegion: v.string(), MediaPlacement: v.looseObject({}) }),
  attendee: v.object({ AttendeeId: id, ExternalUserId: id, JoinToken: v.string() }),
});
export type Ticket = v.InferOutput<typeof ticket>;

/** The names of who is in a meeting, by the id that the Chime SDK tells. */
export const attendees = v.object({ names: v.record(v.string(), v.string()) });
export type Attendees = v.InferOutput<typeof attendees>;

/** `GET status`: whether meetings can be made here, and else what is missing and what to do about it. */
export const status = v.variant('ready', [
  v.object({ ready: v.literal(true), region: v.string(), mediaRegion: v.string() }),
  v.object({ ready: v.literal(false), problem: v.string(), remedies: v.array(v.string()) }),
]);
export type Status = v.InferOutput<typeof status>;

/** The status on a host that has the page's files and no server: the built page has it as a file, at the same path. */
export const WITHOUT_SERVER: Status = {
  ready: false,
  problem: 'This page was opened without the demo’s server, which makes the meetings.',
  remedies: [
    'Clone the repository of Cyclorama, run "npm start" there, and open the URL that it prints.',
    'The server needs AWS credentials. It says which ones it looks for.',
  ],
};

/** Every answer that is none of the above. */
export const failure = v.object({ problem: v.string() });
export type Failure = v.InferOutput<typeof failure>;
