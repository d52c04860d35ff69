import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { notStarted, startWorker } from '../../src/page/worker-script.js';

/** The URLs and options of the started workers. */
let started: { url: string; options: WorkerOptions | undefined }[];
let blocked = false;

class FakeWorker {
  constructor(url: string | URL, options?: WorkerOptions) {
    if (blocked) throw new DOMException('denied by the policy', 'SecurityError');
    started.push({ url: String(url), options });
  }
}

const MODULE: WorkerOptions = { type: 'module', name: 'cyclorama' };
let blobs: Blob[];

beforeEach(() => {
  started = [];
  blobs = [];
  blocked = false;
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

test('a same-origin script starts directly', () => {
  const url = new URL('https://app.example/assets/worker.js');
  const { script } = startWorker(() => new Worker(url, MODULE));
  expect(started).toEqual([{ url: url.href, options: MODULE }]);
  expect(script.href).toBe(url.href);
  expect(globalThis.Worker).toBe(FakeWorker);
});

test('a same-origin blob imports a cross-origin script, and its URL is revoked', async () => {
  const revoked = vi.spyOn(URL, 'revokeObjectURL');
  const { worker, script } = startWorker(() => new Worker('https://cdn.example/a"b/worker.js', MODULE));
  expect(worker).toBeInstanceOf(FakeWorker);
  expect(started).toEqual([{ url: 'blob:https://app.example/1', options: MODULE }]);
  expect(script.origin).toBe('https://cdn.example');
  expect(await blobs[0]?.text()).toBe('import "https://cdn.example/a%22b/worker.js";');
  expect(blobs[0]?.type).toBe('text/javascript');
  vi.runAllTimers();
  expect(revoked).toHaveBeenCalledWith('blob:https://app.example/1');
});

test('a classic worker imports its cross-origin script with `importScripts`', async () => {
  startWorker(() => new Worker('https://cdn.example/worker.js'));
  expect(await blobs[0]?.text()).toBe('importScripts("https://cdn.example/worker.js");');
});

test.each([
  ['https://app.example/worker.js', "allow 'self' in the directive worker-src"],
  ['https://cdn.example/worker.js', 'allow blob: and that origin in the directive worker-src'],
])('the error of a policy that blocks %s has a hint', (url, advice) => {
  blocked = true;
  const start = () => startWorker(() => new Worker(url, MODULE));
  expect(start).toThrowError(
    expect.objectContaining({ code: 'worker', message: expect.stringContaining(advice) }),
  );
  expect(globalThis.Worker).toBe(FakeWorker);
});

test('`startWorker` throws when workers are not available', () => {
  vi.stubGlobal('Worker', undefined);
  expect(() => startWorker(() => new Worker('worker.js'))).toThrowError(
    expect.objectContaining({ code: 'worker', message: expect.stringContaining('does not support workers') }),
  );
});

test('workers start even when the globals are frozen', () => {
  Object.defineProperty(globalThis, 'Worker', { value: FakeWorker, writable: false, configurable: true });
  startWorker(() => new Worker('https://app.example/worker.js', MODULE));
  expect(started).toHaveLength(1);
});

test('the error of a script that does not load lists its likely causes in order', () => {
  const cause = (url: string) => {
    const script = new URL(url);
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
