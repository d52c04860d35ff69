/** The meetings that this server has made and who is in them, in memory. */
import { randomUUID } from 'node:crypto';
import {
  CreateAttendeeCommand,
  CreateMeetingCommand,
  DeleteMeetingCommand,
  GetMeetingCommand,
  type Meeting,
} from '@aws-sdk/client-chime-sdk-meetings';
import type { JoinRequest, LeaveRequest, Status, Ticket } from '../src/meeting/messages.ts';
import { type Amazon, findStatus, inWords, isGone, openAmazon, refusesCredentials } from './aws.ts';

/** A demo has no more: what goes on without end costs money without end. */
const MOST_MEETINGS = 10;
const MOST_ATTENDEES = 16;

/** A request that is not carried out, with the reason in words for who asked. */
export class MeetingError extends Error {
  override readonly name = 'MeetingError';
  /** The HTTP status that says the same. */
  readonly status: number;

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** A meeting of Amazon's. */
interface Room {
  readonly meeting: Meeting;
  /** The names of who is in it, by attendee. */
  readonly names: Map<string, string>;
  /** How many are about to be. */
  joining: number;
}

/** Makes meetings by their names, and ends each when the last has left. */
export class Meetings {
  readonly #rooms = new Map<string, Promise<Room>>();
  #amazon: Promise<Amazon> | undefined;

  async status(): Promise<Status> {
    const found = await findStatus(await this.#open());
    if (!found.ready) this.#forgetCredentials();
    return found;
  }

  /** @throws {MeetingError} with words for who wanted to join */
  async join({ meeting, name }: JoinRequest): Promise<Ticket> {
    try {
      return await this.#join(meeting, name).catch((error) => {
        if (!isGone(error)) throw error;
        // Amazon had ended it, as nobody was there; the name is free again.
        return this.#join(meeting, name);
      });
    } catch (error) {
      if (error instanceof MeetingError) throw error;
      const { region } = await this.#open();
      if (refusesCredentials(error)) this.#forgetCredentials();
      console.error('[meeting]', error);
      throw new MeetingError(inWords(error, region), 502, { cause: error });
    }
  }

  /** Nothing happens where the meeting or the attendee is not known. */
  async leave({ meeting, attendeeId }: LeaveRequest): Promise<void> {
    const found = this.#rooms.get(meeting);
    const room = await found?.catch(() => undefined);
    if (!found || !room?.names.delete(attendeeId)) return;
    await this.#endIfEmpty(meeting, found, room);
  }

  /** The names of who is in a meeting, by attendee. */
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
      // Names stay with this server: Amazon is given random ids.
      const { Attendee } = await client.send(
        new CreateAttendeeCommand({ MeetingId: room.meeting.MeetingId, ExternalUserId: randomUUID() }),
      );
      const { AttendeeId, ExternalUserId, JoinToken } = Attendee ?? {};
      const { MeetingId, MediaRegion, MediaPlacement } = room.meeting;
      if (!AttendeeId || !ExternalUserId || !JoinToken || !MeetingId || !MediaRegion || !MediaPlacement) {
        throw new Error('the answer of the Chime SDK lacks a part');
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
      if (!Meeting) throw new Error('the answer of the Chime SDK has no meeting');
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
      // Amazon ends a meeting by itself when nobody has been there for a while.
      if (!isGone(error)) console.error('[meeting]', error);
    });
  }

  /** Those whose browser crashed never left; when nobody has been there for a while Amazon ends the meeting. */
  async #forgetEnded(): Promise<void> {
    const { client } = await this.#open();
    const look = async ([name, found]: [string, Promise<Room>]) => {
      const { meeting } = await found;
      await client.send(new GetMeetingCommand({ MeetingId: meeting.MeetingId })).catch((error) => {
        if (isGone(error)) this.#forget(name, found);
      });
    };
    await Promise.allSettled([...this.#rooms].map(look));
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

  /** The next request reads profiles and keys anew. */
  #forgetCredentials(): void {
    this.#amazon = undefined;
  }
}
