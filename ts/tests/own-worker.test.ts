import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadEffect, release } from '../src/page/load-effect.js';
import { loadPhoto } from '../src/page/stills/photo-source.js';
import { checkEffect } from '../src/shared/effect.js';
import { frameSize } from '../src/shared/frame.js';

/** As in a worker: canvases and bitmaps, but neither a document nor elements. */
class Canvas {
  width = 640;
  height = 480;
  getContext() {
    return { drawImage() {}, getImageData: () => ({ data: [0, 0, 0, 255] }) };
  }
}

class Bitmap {
  static open = 0;
  width = 4;
  height = 2;
  constructor() {
    Bitmap.open += 1;
  }
  close() {
    Bitmap.open -= 1;
  }
}

beforeEach(() => {
  Bitmap.open = 0;
  vi.stubGlobal('OffscreenCanvas', Canvas);
  vi.stubGlobal('ImageBitmap', Bitmap);
  vi.stubGlobal('createImageBitmap', async () => new Bitmap());
  vi.stubGlobal('location', { href: 'https://example.com/assets/worker.js', origin: 'https://example.com' });
});

afterEach(() => vi.unstubAllGlobals());

test('a frame of a canvas has a size', () => {
  expect('HTMLVideoElement' in globalThis).toBe(false);
  expect(frameSize(new Canvas() as unknown as OffscreenCanvas)).toEqual({ width: 640, height: 480 });
  for (const frame of [null, undefined, {}, 'frame', { videoWidth: 640, videoHeight: 480 }]) {
    expect(() => frameSize(frame as never)).toThrow(expect.objectContaining({ code: 'frame' }));
  }
});

test('a picture comes by its address, relative to the script, as a Blob and as a bitmap', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: URL) => {
    asked.push(url.href);
    return new Response(new Uint8Array(4), { headers: { 'content-type': 'image/png' } });
  });
  for (const source of ['beach.png', new Blob(['a']), new Bitmap() as unknown as ImageBitmap]) {
    const loaded = await loadEffect(checkEffect({ kind: 'image', source }).parsed, undefined);
    expect(loaded.background).toMatchObject({ kind: 'image' });
    release(loaded);
  }
  expect(asked).toEqual(['https://example.com/assets/beach.png']);
  (await loadPhoto('beach.png', 8192, undefined)).close();
  // The caller's own.
  expect(Bitmap.open).toBe(1);
});

test('a video is told to be unsupported, with what to do', async () => {
  for (const source of ['waves.webm', new Blob(['a'])]) {
    await expect(loadEffect(checkEffect({ kind: 'video', source }).parsed, undefined)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('on the page'),
    });
  }
});

test.each([
  [
    'a picture',
    (signal: AbortSignal) =>
      loadEffect(checkEffect({ kind: 'image', source: new Blob(['a']) }).parsed, signal),
  ],
  ['a photograph', (signal: AbortSignal) => loadPhoto(new Blob(['a']), 8192, signal)],
])('%s that never decodes is given up, and closed where it comes late', async (_name, load) => {
  let decode = () => {};
  vi.stubGlobal('createImageBitmap', () => new Promise((resolve) => (decode = () => resolve(new Bitmap()))));
  const abort = new AbortController();
  const loading = load(abort.signal);
  abort.abort(new Error('enough'));
  await expect(loading).rejects.toThrow('enough');
  decode();
  await vi.waitFor(() => expect(Bitmap.open).toBe(0));
});

test('an address without a base to go by is told, with its beginning alone', async () => {
  vi.stubGlobal('location', undefined);
  const error = await loadPhoto(`/${'long'.repeat(1000)}`, 8192, undefined).catch((cause) => cause);
  expect(error).toMatchObject({ code: 'asset', message: expect.stringContaining('is no URL') });
  expect(error.message.length).toBeLessThan(200);
});
