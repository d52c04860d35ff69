/** For Vite: the meeting page's server, below `/api/meeting/` of the demo's own. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as v from 'valibot';
import type { Plugin, PreviewServer, ViteDevServer } from 'vite';
import {
  API,
  type Attendees,
  attendeesRequest,
  type Failure,
  joinRequest,
  leaveRequest,
  type Status,
  type Ticket,
  WITHOUT_SERVER,
} from '../src/meeting/messages.ts';
import type { Meetings } from './meetings.ts';

/** A request has at most so many bytes; the longest that makes sense has a few hundred. */
const MOST_BYTES = 4_096;

/** Ending meetings may hold up the end of the server for so long, in milliseconds. */
const LONGEST_END = 5_000;

/** A request that is refused, with the reason in words. */
class Refusal extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export function meetings(): Plugin {
  return {
    name: 'meetings',
    configureServer: serve,
    configurePreviewServer: serve,
    generateBundle() {
      // A static host answers with this file. The servers above answer before they look for files.
      this.emitFile({ type: 'asset', fileName: `${API}/status`, source: JSON.stringify(WITHOUT_SERVER) });
    },
  };
}

function serve(server: ViteDevServer | PreviewServer): void {
  let rooms: Promise<Meetings> | undefined;
  // The AWS SDK is large, and most who start the demo hold no meeting.
  const open = () => {
    rooms ??= import('./meetings.ts').then(({ Meetings }) => {
      process.once('SIGINT', interrupted);
      return new Meetings();
    });
    return rooms;
  };
  const end = async () => {
    if (!rooms) return;
    const late = new Promise((resolve) => setTimeout(resolve, LONGEST_END).unref());
    await Promise.race([(await rooms).end(), late]);
    process.off('SIGINT', interrupted);
  };
  // Ctrl+C would end the server and leave its meetings to go on.
  const interrupted = () => void end().finally(() => process.exit(130));
  const close = server.close.bind(server);
  server.close = async () => {
    await end();
    await close();
  };
  server.middlewares.use((request, response, next) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://local');
    const folder = `/${API}/`;
    if (!pathname.startsWith(folder)) return next();
    answer(request, pathname.slice(folder.length), searchParams, open).then(
      (body) => reply(response, body === undefined ? 204 : 200, body),
      (error) => reply(response, statusOf(error), { problem: wordsOf(error) }),
    );
  });
}

async function answer(
  request: IncomingMessage,
  path: string,
  query: URLSearchParams,
  open: () => Promise<Meetings>,
): Promise<Status | Ticket | Attendees | undefined> {
  guard(request);
  switch (`${request.method} ${path}`) {
    case 'GET status':
      return (await open()).status();
    case 'GET attendees': {
      const { meeting } = check(attendeesRequest, Object.fromEntries(query));
      return { names: await (await open()).names(meeting) };
    }
    case 'POST join': {
      const asked = check(joinRequest, await read(request));
      return (await open()).join(asked);
    }
    case 'POST leave': {
      const asked = check(leaveRequest, await read(request));
      await (await open()).leave(asked);
      return undefined;
    }
    default:
      throw new Refusal('There is nothing of that name here.', 404);
  }
}

/**
 * Meetings cost money, so they are made for pages of this server on this computer alone: not for its neighbours, if the
 * demo is shown to them (`--host`), and not for other sites that are open in the same browser.
 */
function guard({ socket, headers, method }: IncomingMessage): void {
  if (!/^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(socket.remoteAddress ?? '')) {
    throw new Refusal('Meetings are made only for pages that are opened on the server’s own computer.', 403);
  }
  const site = headers['sec-fetch-site'];
  const foreign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (headers.origin !== undefined && hostOf(headers.origin) !== headers.host);
  if (foreign) throw new Refusal('Another site asked for this.', 403);
  if (method === 'POST' && !headers['content-type']?.startsWith('application/json')) {
    throw new Refusal('Requests are JSON.', 415);
  }
}

const hostOf = (origin: string) => (URL.canParse(origin) ? new URL(origin).host : undefined);

async function read(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    // Read to its end, within reason: one that is cut off gets no answer.
    if (bytes <= MOST_BYTES) parts.push(part);
    else if (bytes > 100 * MOST_BYTES) break;
  }
  if (bytes > MOST_BYTES) throw new Refusal(`A request has at most ${MOST_BYTES} bytes.`, 413);
  try {
    return JSON.parse(Buffer.concat(parts).toString());
  } catch {
    throw new Refusal('The request is no JSON.', 400);
  }
}

function check<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const { success, output, issues } = v.safeParse(schema, value);
  if (!success) throw new Refusal(issues[0].message, 400);
  return output;
}

function statusOf(error: unknown): number {
  const { status } = (error ?? {}) as { status?: unknown };
  return typeof status === 'number' ? status : 500;
}

function wordsOf(error: unknown): string {
  if (statusOf(error) !== 500) return (error as Error).message;
  console.error('[meeting]', error);
  return 'The demo’s server failed; its terminal says why.';
}

function reply(
  response: ServerResponse,
  status: number,
  body: Status | Ticket | Attendees | Failure | undefined,
): void {
  response.writeHead(status, { 'cache-control': 'no-store', 'content-type': 'application/json' });
  response.end(body && JSON.stringify(body));
}
