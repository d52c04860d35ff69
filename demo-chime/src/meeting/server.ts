/** The page's questions to the demo's server. */
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

/** Whether meetings can be made; a page without its server is told as one that lacks something. */
export async function askStatus(): Promise<Status> {
  try {
    return await ask(status, 'status');
  } catch {
    return WITHOUT_SERVER;
  }
}

/** Joins a meeting, which is made if there is none of that name. */
export const askToJoin = (request: JoinRequest) => ask(ticket, 'join', request);

/** The names of who is in a meeting, by attendee. */
export async function askNames(meeting: string): Promise<Record<string, string>> {
  return (await ask(attendees, `attendees?${new URLSearchParams({ meeting })}`)).names;
}

/** Says that an attendee has gone. It arrives even where the page is being closed, and nothing waits for it. */
export function tellLeft(request: LeaveRequest): void {
  const body = new Blob([JSON.stringify(request)], { type: 'application/json' });
  navigator.sendBeacon(addressOf('leave'), body);
}

/** On a static host, the page may be in a folder that is not the host's root: no request leaves that folder. */
const addressOf = (path: string) => new URL(`${API}/${path}`, document.baseURI);

async function ask<Schema extends v.GenericSchema>(
  schema: Schema,
  path: string,
  body?: object,
): Promise<v.InferOutput<Schema>> {
  const response = await fetch(addressOf(path), {
    ...(body && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  }).catch((cause) => {
    throw new Error('The demo’s server does not answer; is it still running?', { cause });
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const said = v.safeParse(failure, answer);
    throw new Error(said.success ? said.output.problem : `The demo’s server failed (${response.status}).`);
  }
  return v.parse(schema, answer);
}
