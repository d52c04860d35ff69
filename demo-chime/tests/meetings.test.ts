import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type ViteDevServer } from 'vite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { meetings } from '../server/plugin';
import { bareEnvironment, endpointEnvironment, openChimeEndpoint } from './chime-endpoint';

let root: string;
let server: ViteDevServer;
let endpoint: Awaited<ReturnType<typeof openChimeEndpoint>>;

beforeEach(async () => {
  endpoint = await openChimeEndpoint();
  setEnvironment(endpointEnvironment(endpoint.url));
  root = await mkdtemp(join(tmpdir(), 'meetings-'));
  server = await createServer({
    root,
    configFile: false,
    logLevel: 'silent',
    plugins: [meetings()],
    server: { host: '127.0.0.1', port: 0, watch: null },
  });
  await server.listen();
  vi.spyOn(console, 'error').mockReturnValue();
});

afterEach(async () => {
  await server.close();
  await endpoint.close();
  await rm(root, { recursive: true });
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test('two people who join with the same meeting name share a meeting, which ends when both have left', async () => {
  expect(await ask('status')).toEqual([
    200,
    { ready: true, region: 'eu-central-1', mediaRegion: 'eu-central-1' },
  ]);
  const [[, ada], [, grace]] = await Promise.all([joinAs('Ada'), joinAs(' Grace ')]);
  expect(ada.meeting.MeetingId).toBe(grace.meeting.MeetingId);
  expect(ada.attendee.JoinToken).toBe('a-join-token');
  expect(await ask('attendees?meeting=Monday')).toEqual([
    200,
    { names: { [ada.attendee.AttendeeId]: 'Ada', [grace.attendee.AttendeeId]: 'Grace' } },
  ]);

  expect(endpoint.asked.map(({ method, path }) => `${method} ${path.split('/').at(-1)}`)).toEqual([
    'POST meetings',
    'POST attendees',
    'POST attendees',
  ]);
  const [created] = endpoint.asked;
  expect(created).toMatchObject({ key: 'AKIDTEST', body: { MediaRegion: 'eu-central-1' } });
  // Amazon receives no names, and the page no keys.
  expect(JSON.stringify(endpoint.asked)).not.toMatch(/Ada|Grace|Monday/);
  expect(JSON.stringify([ada, grace])).not.toContain('means-nothing');

  await ask('leave', { meeting: 'Monday', attendeeId: ada.attendee.AttendeeId });
  expect(endpoint.live.size).toBe(1);
  const last = { meeting: 'Monday', attendeeId: grace.attendee.AttendeeId };
  expect(await ask('leave', last)).toEqual([204, undefined]);
  expect(endpoint.live.size).toBe(0);
  // A page that is closed while it leaves reports it twice.
  expect(await ask('leave', last)).toEqual([204, undefined]);
});

test('the server ends its meetings when it stops', async () => {
  await joinAs('Ada', 'Monday');
  await joinAs('Ada', 'Tuesday');
  expect(endpoint.live.size).toBe(2);
  await server.close();
  expect(endpoint.live.size).toBe(0);
});

test('a meeting that Amazon has ended is created again under its name', async () => {
  const [, first] = await joinAs('Ada');
  endpoint.live.clear();
  const [status, second] = await joinAs('Grace');
  expect(status).toBe(200);
  expect(second.meeting.MeetingId).not.toBe(first.meeting.MeetingId);
});

test('without credentials the status reports what is missing and the needed permissions', async () => {
  setEnvironment(bareEnvironment);
  const [status, { ready, problem, remedies }] = await ask('status');
  expect([status, ready]).toEqual([200, false]);
  expect(problem).toContain('no AWS credentials');
  for (const part of ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'chime:CreateMeeting', 'AWS_REGION']) {
    expect(remedies.join(' ')).toContain(part);
  }
  expect(await joinAs('Ada')).toMatchObject([
    502,
    { problem: expect.stringContaining('no AWS credentials') },
  ]);
  expect(endpoint.asked).toEqual([]);

  setEnvironment(endpointEnvironment(endpoint.url));
  expect(await ask('status')).toMatchObject([200, { ready: true }]);
});

test('the region has a default, and the media region may differ', async () => {
  vi.stubEnv('AWS_REGION', undefined);
  vi.stubEnv('CHIME_MEDIA_REGION', 'ap-south-1');
  expect(await ask('status')).toEqual([200, { ready: true, region: 'us-east-1', mediaRegion: 'ap-south-1' }]);
});

test.each([
  ['ExpiredTokenException', 403, /have expired\. Renew/],
  ['UnrecognizedClientException', 403, /does not accept/],
  ['AccessDeniedException', 403, /IAM policy must allow chime:CreateMeeting/],
  ['ForbiddenException', 403, /IAM policy/],
  ['LimitExceededException', 400, /limit of meetings/],
  ['BadRequestException', 400, /CHIME_MEDIA_REGION/],
  ['ServiceFailureException', 500, /ServiceFailureException/],
])('%s is reported without the message of Amazon', async (type, status, message) => {
  endpoint.error = { status, type };
  const [answered, { problem }] = await joinAs('Ada');
  expect(answered).toBe(502);
  expect(problem).toMatch(message);
  expect(problem).not.toContain('arn:');

  // The error leaves no state: the next request creates a meeting.
  endpoint.error = undefined;
  expect((await joinAs('Ada'))[0]).toBe(200);
});

test('an unreachable endpoint is reported with its region', async () => {
  await endpoint.close();
  expect(await joinAs('Ada')).toMatchObject([
    502,
    { problem: expect.stringMatching(/cannot be reached in eu-central-1/) },
  ]);
});

test('invalid requests do not reach Amazon', async () => {
  for (const [body, words] of [
    [{ meeting: 'Monday' }, 'Your name is missing'],
    [{ meeting: 'Monday', name: 7 }, 'Your name must be text'],
    [{ meeting: '  ', name: 'Ada' }, 'The meeting name is missing'],
    [{ meeting: 'm'.repeat(41), name: 'Ada' }, 'longer than 40'],
    [{ meeting: 'Monday', name: 'A\u202eda' }, 'invisible characters'],
    ['{', 'not valid JSON'],
  ] as const) {
    const [status, { problem }] = await ask('join', body);
    expect([status, problem], words).toEqual([400, expect.stringContaining(words)]);
  }
  expect((await ask('join', { meeting: 'Monday', name: 'x'.repeat(5_000) }))[0]).toBe(413);
  expect((await ask('start'))[0]).toBe(404);
  expect(endpoint.asked).toEqual([]);
});

test('other sites and forms cannot create meetings', async () => {
  const body = { meeting: 'Monday', name: 'Ada' };
  for (const headers of [
    { origin: 'https://example.org' },
    { 'sec-fetch-site': 'cross-site' },
    { 'content-type': 'text/plain' },
  ]) {
    const [status] = await ask('join', body, headers);
    expect([403, 415]).toContain(status);
  }
  expect(endpoint.asked).toEqual([]);
});

test('meetings and attendees are limited', async () => {
  for (let index = 0; index < 16; index += 1) expect((await joinAs(`Person ${index}`))[0]).toBe(200);
  expect(await joinAs('One more')).toMatchObject([
    409,
    { problem: expect.stringContaining('at most 16 people') },
  ]);
  for (let index = 1; index < 10; index += 1) expect((await joinAs('Ada', `Meeting ${index}`))[0]).toBe(200);
  expect(await joinAs('Ada', 'One more')).toMatchObject([
    409,
    { problem: expect.stringContaining('10 meetings') },
  ]);
});

test('attendees whose browser crashed are removed with their meetings', async () => {
  for (let index = 0; index < 16; index += 1) await joinAs(`Person ${index}`);
  for (let index = 1; index < 10; index += 1) await joinAs('Ada', `Meeting ${index}`);
  endpoint.live.clear();
  expect((await joinAs('One more'))[0]).toBe(200);
  expect((await joinAs('Ada', 'One more'))[0]).toBe(200);
});

function setEnvironment(variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

const joinAs = (name: string, meeting = 'Monday') => ask('join', { meeting, name });

// biome-ignore lint/suspicious/noExplicitAny: each test says what it expects
async function ask(path: string, body?: unknown, headers = {}): Promise<[number, any]> {
  const url = `${server.resolvedUrls?.local[0]}api/meeting/${path}`;
  const response = await fetch(url, {
    ...(body !== undefined && {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    }),
  });
  const text = await response.text();
  return [response.status, text ? JSON.parse(text) : undefined];
}
