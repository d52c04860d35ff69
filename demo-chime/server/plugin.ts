/** For Vite: the server of the meeting page, below `/api/meeting/`. */
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

/** The most bytes of a request. Valid requests have a few hundred. */
const MOST_BYTES = 4_096;

/** The timeout for ending meetings when the server stops, in milliseconds. */
const END_TIMEOUT = 5_000;

/** Reports a request that the server rejects. */
class RequestError extends Error {
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
      // A static host serves this file. The servers above handle the request before they search for files.
      this.emitFile({ type: 'asset', fileName: `${API}/status`, source: JSON.stringify(WITHOUT_SERVER) });
    },
  };
}

function serve(server: ViteDevServer | PreviewServer): void {
  let rooms: Promise<Meetings> | undefined;
  // The AWS SDK is large and needed only for meetings.
  const open = () => {
    rooms ??= import('./meetings.ts').then(({ Meetings }) => {
      process.once('SIGINT', interrupted);
      return new Meetings();
    });
    return rooms;
  };
  const end = async () => {
    if (!rooms) return;
    const late = new Promise((resolve) => setTimeout(resolve, END_TIMEOUT).unref());
    await Promise.race([(await rooms).end(), late]);
    process.off('SIGINT', interrupted);
  };
  // Without this handler, Ctrl+C would stop the server without ending its meetings.
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
      (error) => reply(response, statusOf(error), { problem: messageOf(error) }),
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
      throw new RequestError('This path does not exist.', 404);
  }
}

/**
 * Allows requests only from pages of this server on this computer, because meetings cost money. With `--host`, other computers can open
 * the pages but not create meetings. Other sites in the same browser cannot create meetings either.
 */
function guard({ socket, headers, method }: IncomingMessage): void {
  if (!/^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(socket.remoteAddress ?? '')) {
    throw new RequestError('Meetings are available only on the server’s own computer.', 403);
  }
  const site = headers['sec-fetch-site'];
  const foreign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (headers.origin !== undefined && hostOf(headers.origin) !== headers.host);
  if (foreign) throw new RequestError('Requests from other sites are not allowed.', 403);
  if (method === 'POST' && !headers['content-type']?.startsWith('application/json')) {
    throw new RequestError('Requests must be JSON.', 415);
  }
}

const hostOf = (origin: string) => (URL.canParse(origin) ? new URL(origin).host : undefined);

async function read(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    // Reads the rest of a long request up to a limit, because an interrupted request gets no response.
    if (bytes <= MOST_BYTES) parts.push(part);
    else if (bytes > 100 * MOST_BYTES) break;
  }
  if (bytes > MOST_BYTES) throw new RequestError(`A request has at most ${MOST_BYTES} bytes.`, 413);
  try {
    return JSON.parse(Buffer.concat(parts).toString());
  } catch {
    throw new RequestError('The request is not valid JSON.', 400);
  }
}

function check<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const { success, output, issues } = v.safeParse(schema, value);
  if (!success) throw new RequestError(issues[0].message, 400);
  return output;
}

function statusOf(error: unknown): number {
  const { status } = (error ?? {}) as { status?: unknown };
  return typeof status === 'number' ? status : 500;
}

function messageOf(error: unknown): string {
  if (statusOf(error) !== 500) return (error as Error).message;
  console.error('[meeting]', error);
  return 'The demo’s server failed. See its terminal.';
}

function reply(
  response: ServerResponse,
  status: number,
  body: Status | Ticket | Attendees | Failure | undefined,
): void {
  response.writeHead(status, { 'cache-control': 'no-store', 'content-type': 'application/json' });
  response.end(body && JSON.stringify(body));
}
