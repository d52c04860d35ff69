/** The page's requests to the demo's server. */
import * as v from 'valibot';
import {
  API,
  attendees,
  failure,
  type JoinRequest,
  type LeaveRequest,
  type Status,
  status,
  ticket,
  WITHOUT_SERVER,
} from './messages';

/** Whether the server can create meetings. Without a server, the status says that it is missing. */
export async function fetchStatus(): Promise<Status> {
  try {
    return await send(status, 'status');
  } catch {
    return WITHOUT_SERVER;
  }
}

/** Joins a meeting. The server creates the meeting if none has that name. */
export const joinMeeting = (request: JoinRequest) => send(ticket, 'join', request);

/** The names of the attendees of a meeting, by attendee ID. */
export async function fetchNames(meeting: string): Promise<Record<string, string>> {
  return (await send(attendees, `attendees?${new URLSearchParams({ meeting })}`)).names;
}

/** Reports that an attendee has left. The beacon is sent even when the page closes. */
export function reportLeft(request: LeaveRequest): void {
  const body = new Blob([JSON.stringify(request)], { type: 'application/json' });
  navigator.sendBeacon(urlOf('leave'), body);
}

/** The URL of a request. On a static host, the page may be in a folder below the root. */
const urlOf = (path: string) => new URL(`${API}/${path}`, document.baseURI);

async function send<Schema extends v.GenericSchema>(
  schema: Schema,
  path: string,
  body?: object,
): Promise<v.InferOutput<Schema>> {
  const response = await fetch(urlOf(path), {
    ...(body && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  }).catch((cause) => {
    throw new Error('The demo’s server does not respond. Is it still running?', { cause });
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const parsed = v.safeParse(failure, answer);
    throw new Error(
      parsed.success ? parsed.output.problem : `The demo’s server failed (HTTP status ${response.status}).`,
    );
  }
  return v.parse(schema, answer);
}
