import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { notStarted, startWorker } from '../src/page/worker-script.js';

/** What workers were made of. */
let started: { address: string; options: WorkerOptions | undefined }[];
let refuses = false;

class FakeWorker {
  constructor(address: string | URL, options?: WorkerOptions) {
    if (refuses) throw new DOMException('denied by the policy', 'SecurityError');
    started.push({ address: String(address), options });
  }
}

const MODULE: WorkerOptions = { type: 'module', name: 'cyclorama' };
let blobs: Blob[];

beforeEach(() => {
  started = [];
  blobs = [];
  refuses = false;
  vi.useFakeTimers();
  vi.stubGlobal('Worker', FakeWorker);
  vi.stubGlobal('origin', 'https://app.example');
  vi.stubGlobal('location', new URL('https://app.example/call'));
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    blobs.push(blob as Blob);
    return `blob:https://app.example/${blobs.length}`;
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("a script of the page's origin is started as it is", () => {
  const address = new URL('https://app.example/assets/worker.js');
  const { script } = startWorker(() => new Worker(address, MODULE));
  expect(started).toEqual([{ address: address.href, options: MODULE }]);
  expect(script.href).toBe(address.href);
  expect(globalThis.Worker).toBe(FakeWorker);
});

test('a script of another origin is imported by one of the page, and the page keeps no blob', async () => {
  const revoked = vi.spyOn(URL, 'revokeObjectURL');
  const { worker, script } = startWorker(() => new Worker('https://cdn.example/a"b/worker.js', MODULE));
  expect(worker).toBeInstanceOf(FakeWorker);
  expect(started).toEqual([{ address: 'blob:https://app.example/1', options: MODULE }]);
  expect(script.origin).toBe('https://cdn.example');
  expect(await blobs[0]?.text()).toBe('import "https://cdn.example/a%22b/worker.js";');
  expect(blobs[0]?.type).toBe('text/javascript');
  vi.runAllTimers();
  expect(revoked).toHaveBeenCalledWith('blob:https://app.example/1');
});

test('a classic worker that a bundler made imports its script in its own way', async () => {
  startWorker(() => new Worker('https://cdn.example/worker.js'));
  expect(await blobs[0]?.text()).toBe('importScripts("https://cdn.example/worker.js");');
});

test.each([
  ['https://app.example/worker.js', "allow 'self' in the directive worker-src"],
  ['https://cdn.example/worker.js', 'allow blob: and that origin in the directive worker-src'],
])('a policy that refuses %s is told with what to do', (address, advice) => {
  refuses = true;
  const start = () => startWorker(() => new Worker(address, MODULE));
  expect(start).toThrowError(
    expect.objectContaining({ code: 'worker', message: expect.stringContaining(advice) }),
  );
  expect(globalThis.Worker).toBe(FakeWorker);
});

test('where there are no workers that is told', () => {
  vi.stubGlobal('Worker', undefined);
  expect(() => startWorker(() => new Worker('worker.js'))).toThrowError(
    expect.objectContaining({ code: 'worker', message: expect.stringContaining('does not support workers') }),
  );
});

test('frozen globals start workers all the same', () => {
  Object.defineProperty(globalThis, 'Worker', { value: FakeWorker, writable: false, configurable: true });
  startWorker(() => new Worker('https://app.example/worker.js', MODULE));
  expect(started).toHaveLength(1);
});

test('a script that does not load has its likely causes told in order', () => {
  const cause = (address: string) => {
    const script = new URL(address);
    return notStarted({ worker: new Worker(script), script }, undefined).message;
  };
  const own = cause('https://app.example/worker.js');
  expect(own).toMatch(/\(1\) the file is missing.*\(2\) a content security policy.*\(3\) .*Embedder-Policy/);
  const foreign = cause('https://cdn.example/worker.js');
  expect(foreign).toMatch(/\(2\) its response lacks the header Access-Control-Allow-Origin/);
  vi.stubGlobal('crossOriginIsolated', true);
  expect(cause('https://app.example/worker.js')).toMatch(
    /\(1\) its response lacks the header Cross-Origin-Embedder-Policy/,
  );
  expect(cause(`https://app.example/${'a'.repeat(1000)}`).length).toBeLessThan(600);
  const thrown = notStarted(
    { worker: new Worker(''), script: new URL('https://app.example/') },
    'x is undefined',
  );
  expect(thrown).toMatchObject({ code: 'worker', message: 'the worker terminated: x is undefined' });
});
