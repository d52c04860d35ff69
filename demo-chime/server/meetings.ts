/** The meetings of this server and their attendees, in memory. */
import { randomUUID } from 'node:crypto';
import {
  CreateAttendeeCommand,
  CreateMeetingCommand,
  DeleteMeetingCommand,
  GetMeetingCommand,
  type Meeting,
} from '@aws-sdk/client-chime-sdk-meetings';
import type { JoinRequest, LeaveRequest, Status, Ticket } from '../src/meeting/messages.ts';
import { type Amazon, errorMessage, findStatus, isCredentialError, isGone, openAmazon } from './aws.ts';

/** The limits of the demo: meetings cost money. */
const MOST_MEETINGS = 10;
const MOST_ATTENDEES = 16;

/** Reports a request that was rejected, with a message for the user. */
export class MeetingError extends Error {
  override readonly name = 'MeetingError';
  /** The HTTP status of the response. */
  readonly status: number;

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** A meeting at Amazon. */
interface Room {
  readonly meeting: Meeting;
  /** The names of its attendees, by attendee ID. */
  readonly names: Map<string, string>;
  /** The number of attendees who are joining. */
  joining: number;
}

/** Creates meetings by name, and ends each one when its last attendee leaves. */
export class Meetings {
  readonly #rooms = new Map<string, Promise<Room>>();
  #amazon: Promise<Amazon> | undefined;

  async status(): Promise<Status> {
    const found = await findStatus(await this.#open());
    if (!found.ready) this.#forgetCredentials();
    return found;
  }

  /** @throws {MeetingError} with a message for the user */
  async join({ meeting, name }: JoinRequest): Promise<Ticket> {
    try {
      return await this.#join(meeting, name).catch((error) => {
        if (!isGone(error)) throw error;
        // Amazon has ended the empty meeting, so its name is free again.
        return this.#join(meeting, name);
      });
    } catch (error) {
      if (error instanceof MeetingError) throw error;
      const { region } = await this.#open();
      if (isCredentialError(error)) this.#forgetCredentials();
      console.error('[meeting]', error);
      throw new MeetingError(errorMessage(error, region), 502, { cause: error });
    }
  }

  /** Ignores unknown meetings and attendees. */
  async leave({ meeting, attendeeId }: LeaveRequest): Promise<void> {
    const found = this.#rooms.get(meeting);
    const room = await found?.catch(() => undefined);
    if (!found || !room?.names.delete(attendeeId)) return;
    await this.#endIfEmpty(meeting, found, room);
  }

  /** The names of a meeting's attendees, by attendee ID. */
  async names(meeting: string): Promise<Record<string, string>> {
    const room = await this.#rooms.get(meeting)?.catch(() => undefined);
    return Object.fromEntries(room?.names ?? []);
  }

  /** Ends every meeting. */
  async end(): Promise<void> {
    const rooms = [...this.#rooms.values()];
    this.#rooms.clear();
    await Promise.allSettled(rooms.map(async (room) => this.#delete(await room)));
  }

  async #join(meeting: string, name: string): Promise<Ticket> {
    const { client } = await this.#open();
    if (this.#rooms.size >= MOST_MEETINGS && !this.#rooms.has(meeting)) await this.#forgetEnded();
    const found = this.#rooms.get(meeting) ?? this.#create(meeting);
    const room = await found;
    if (room.names.size + room.joining >= MOST_ATTENDEES) {
      await this.#forgetEnded();
      if (this.#rooms.get(meeting) !== found) return this.#join(meeting, name);
      throw new MeetingError(`This demo’s meetings have at most ${MOST_ATTENDEES} people.`, 409);
    }
    room.joining += 1;
    try {
      // Names stay on this server. Amazon receives random IDs.
      const { Attendee } = await client.send(
        new CreateAttendeeCommand({ MeetingId: room.meeting.MeetingId, ExternalUserId: randomUUID() }),
      );
      const { AttendeeId, ExternalUserId, JoinToken } = Attendee ?? {};
      const { MeetingId, MediaRegion, MediaPlacement } = room.meeting;
      if (!AttendeeId || !ExternalUserId || !JoinToken || !MeetingId || !MediaRegion || !MediaPlacement) {
        throw new Error('the response of the Chime SDK is incomplete');
      }
      room.names.set(AttendeeId, name);
      return {
        meeting: { MeetingId, MediaRegion, MediaPlacement: { ...MediaPlacement } },
        attendee: { AttendeeId, ExternalUserId, JoinToken },
      };
    } catch (error) {
      if (isGone(error)) this.#forget(meeting, found);
      throw error;
    } finally {
      room.joining -= 1;
      await this.#endIfEmpty(meeting, found, room);
    }
  }

  #create(name: string): Promise<Room> {
    if (this.#rooms.size >= MOST_MEETINGS) {
      throw new MeetingError(`This demo has at most ${MOST_MEETINGS} meetings at a time.`, 409);
    }
    const room = this.#open().then(async ({ client, mediaRegion }): Promise<Room> => {
      const { Meeting } = await client.send(
        new CreateMeetingCommand({
          ClientRequestToken: randomUUID(),
          ExternalMeetingId: randomUUID(),
          MediaRegion: mediaRegion,
        }),
      );
      if (!Meeting) throw new Error('the response of the Chime SDK contains no meeting');
      return { meeting: Meeting, names: new Map(), joining: 0 };
    });
    this.#rooms.set(name, room);
    room.catch(() => this.#forget(name, room));
    return room;
  }

  async #endIfEmpty(name: string, found: Promise<Room>, room: Room): Promise<void> {
    if (room.names.size > 0 || room.joining > 0 || this.#rooms.get(name) !== found) return;
    this.#rooms.delete(name);
    await this.#delete(room).catch((error) => {
      // Amazon ends a meeting that has been empty for a while.
      if (!isGone(error)) console.error('[meeting]', error);
    });
  }

  /** Removes meetings that Amazon has ended. Attendees whose browser crashed never leave, and Amazon ends empty meetings. */
  async #forgetEnded(): Promise<void> {
    const { client } = await this.#open();
    const update = async ([name, found]: [string, Promise<Room>]) => {
      const { meeting } = await found;
      await client.send(new GetMeetingCommand({ MeetingId: meeting.MeetingId })).catch((error) => {
        if (isGone(error)) this.#forget(name, found);
      });
    };
    await Promise.allSettled([...this.#rooms].map(update));
  }

  async #delete({ meeting }: Room): Promise<void> {
    const { client } = await this.#open();
    await client.send(new DeleteMeetingCommand({ MeetingId: meeting.MeetingId }));
  }

  #forget(name: string, room: Promise<Room>): void {
    if (this.#rooms.get(name) === room) this.#rooms.delete(name);
  }

  #open(): Promise<Amazon> {
    this.#amazon ??= openAmazon();
    return this.#amazon;
  }

  /** The next request reads profiles and keys again. */
  #forgetCredentials(): void {
    this.#amazon = undefined;
  }
}
