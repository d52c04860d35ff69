import { runInNewContext } from 'node:vm';
import { afterEach, expect, test, vi } from 'vitest';
import {
  isAbortSignal,
  isArrayBuffer,
  isBlob,
  isMediaStreamTrack,
  isUrl,
  isVideoElement,
} from '../../src/shared/platform-objects.js';

afterEach(() => vi.unstubAllGlobals());

const fake = (type: { prototype: object }) => Object.create(type.prototype);
const throwing = new Proxy(
  {},
  {
    get() {
      throw new TypeError('read me not');
    },
    getPrototypeOf() {
      throw new TypeError('read me not');
    },
  },
);

test.each([
  ['AbortSignal', isAbortSignal, new AbortController().signal, AbortSignal],
  ['ArrayBuffer', isArrayBuffer, new ArrayBuffer(1), ArrayBuffer],
  ['Blob', isBlob, new Blob(['a']), Blob],
  ['URL', isUrl, new URL('https://example.com/'), URL],
] as const)('%s is told by what it is, not by what it looks like', (_name, is, real, type) => {
  expect(is(real)).toBe(true);
  expect(is(fake(type))).toBe(false);
  for (const other of [throwing, {}, null, undefined, 'text', 1, type]) expect(is(other)).toBe(false);
});

test('a proxy of an object is none, as no function of the browser takes it', () => {
  expect(isArrayBuffer(new Proxy(new ArrayBuffer(1), {}))).toBe(false);
  expect(isUrl(new Proxy(new URL('https://example.com/'), {}))).toBe(false);
});

test('an object of another realm is one', () => {
  const buffer: unknown = runInNewContext('new ArrayBuffer(8)');
  expect(buffer instanceof ArrayBuffer).toBe(false);
  expect(isArrayBuffer(buffer)).toBe(true);
});

test('a class that is missing here has no objects', () => {
  expect('HTMLVideoElement' in globalThis).toBe(false);
  expect(isVideoElement({ videoWidth: 1 })).toBe(false);
});

test('the objects of a stand-in are taken for those of the class', () => {
  class Track {
    readyState = 'live';
  }
  vi.stubGlobal('MediaStreamTrack', Track);
  expect(isMediaStreamTrack(new Track())).toBe(true);
  expect(isMediaStreamTrack({ readyState: 'live' })).toBe(false);
});
