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
] as const)('the check of %s ignores the prototype', (_name, is, real, type) => {
  expect(is(real)).toBe(true);
  expect(is(fake(type))).toBe(false);
  for (const other of [throwing, {}, null, undefined, 'text', 1, type]) expect(is(other)).toBe(false);
});

test('a Proxy is rejected, because browser functions reject it', () => {
  expect(isArrayBuffer(new Proxy(new ArrayBuffer(1), {}))).toBe(false);
  expect(isUrl(new Proxy(new URL('https://example.com/'), {}))).toBe(false);
});

test('an object of another realm is accepted', () => {
  const buffer: unknown = runInNewContext('new ArrayBuffer(8)');
  expect(buffer instanceof ArrayBuffer).toBe(false);
  expect(isArrayBuffer(buffer)).toBe(true);
});

test('every object is rejected when the class is missing', () => {
  expect('HTMLVideoElement' in globalThis).toBe(false);
  expect(isVideoElement({ videoWidth: 1 })).toBe(false);
});

test('instances of a polyfill are accepted', () => {
  class Track {
    readyState = 'live';
  }
  vi.stubGlobal('MediaStreamTrack', Track);
  expect(isMediaStreamTrack(new Track())).toBe(true);
  expect(isMediaStreamTrack({ readyState: 'live' })).toBe(false);
});
