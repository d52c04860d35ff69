import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadEffect, release } from '../../src/page/load-effect.js';
import { loadPhoto } from '../../src/page/stills/photo-source.js';
import { checkEffect } from '../../src/shared/effect.js';
import { frameSize } from '../../src/shared/frame.js';

/** The canvas of a worker, which has canvases and bitmaps but no document. */
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

test('`frameSize` returns the size of a canvas', () => {
  expect('HTMLVideoElement' in globalThis).toBe(false);
  expect(frameSize(new Canvas() as unknown as OffscreenCanvas)).toEqual({ width: 640, height: 480 });
  for (const frame of [null, undefined, {}, 'frame', { videoWidth: 640, videoHeight: 480 }]) {
    expect(() => frameSize(frame as never)).toThrow(expect.objectContaining({ code: 'frame' }));
  }
});

test('an image loads from a URL relative to the script, from a Blob and from a bitmap', async () => {
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
  // The bitmap of the caller stays open.
  expect(Bitmap.open).toBe(1);
});

test('`loadEffect` rejects a video with `unsupported` and a hint', async () => {
  for (const source of ['waves.webm', new Blob(['a'])]) {
    await expect(loadEffect(checkEffect({ kind: 'video', source }).parsed, undefined)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('on the page'),
    });
  }
});

test.each([
  [
    'an image',
    (signal: AbortSignal) =>
      loadEffect(checkEffect({ kind: 'image', source: new Blob(['a']) }).parsed, signal),
  ],
  ['a photo', (signal: AbortSignal) => loadPhoto(new Blob(['a']), 8192, signal)],
])('the signal aborts %s that never decodes, and a late result is closed', async (_name, load) => {
  let decode = () => {};
  vi.stubGlobal('createImageBitmap', () => new Promise((resolve) => (decode = () => resolve(new Bitmap()))));
  const abort = new AbortController();
  const loading = load(abort.signal);
  abort.abort(new Error('enough'));
  await expect(loading).rejects.toThrow('enough');
  decode();
  await vi.waitFor(() => expect(Bitmap.open).toBe(0));
});

test('the error of a relative URL without a base has only the start of the URL', async () => {
  vi.stubGlobal('location', undefined);
  const error = await loadPhoto(`/${'long'.repeat(1000)}`, 8192, undefined).catch((cause) => cause);
  expect(error).toMatchObject({ code: 'asset', message: expect.stringContaining('is invalid') });
  expect(error.message.length).toBeLessThan(200);
});
