import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { loadModel } from '../../src/shared/assets.js';
import { MAX_ASSET_BYTES, readAtMost } from '../../src/shared/read-body.js';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  vi.unstubAllGlobals();
});

async function serve(listener: RequestListener): Promise<URL> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/model.tflite`);
}

const load = (url: URL) => loadModel(url, undefined, undefined);

test('an HTML page in place of a model is an asset error', async () => {
  const url = await serve((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html>');
  });
  await expect(load(url)).rejects.toMatchObject({
    code: 'asset',
    message: `the model could not be fetched from ${url.href}: the server returned an HTML page instead of the file`,
  });
  await expect(load(new URL('data:text/html,none'))).rejects.toMatchObject({ code: 'asset' });
});

test('a model loads from a data URL', async () => {
  const bytes = await load(new URL('data:application/octet-stream;base64,VEZMMw=='));
  expect(new TextDecoder().decode(bytes)).toBe('TFL3');
});

test.each([
  [new URL('https://example.com/models/a.tflite'), 'Access-Control-Allow-Origin'],
  [new URL('blob:https://example.com/3e4f'), 'pass the Blob or its bytes instead'],
  [new URL('data:application/octet-stream;base64,%%%'), 'could not be fetched from data:application'],
])('the error of a failed fetch has its likely cause: %s', async (url, hint) => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(load(url)).rejects.toMatchObject({ code: 'asset', message: expect.stringContaining(hint) });
});

test('the error of a missing package file has a hint', async () => {
  vi.stubGlobal('fetch', async () => new Response('', { status: 404 }));
  await expect(loadModel('general', new URL('https://example.com/'), undefined)).rejects.toMatchObject({
    code: 'asset',
    message: expect.stringMatching(/HTTP status 404: .*assetBase/),
  });
});

test('an endless response is aborted at the limit', async () => {
  let sent = 0;
  const chunk = Buffer.alloc(2 ** 20);
  const url = await serve((_request, response) => {
    const send = () => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      sent += chunk.length;
    };
    response.on('drain', send);
    send();
  });
  await expect(load(url)).rejects.toMatchObject({
    code: 'asset',
    message: expect.stringContaining(`the limit of ${MAX_ASSET_BYTES} bytes`),
  });
  // Data in transit may exceed the limit.
  expect(sent).toBeLessThan(2 * MAX_ASSET_BYTES);
});

test('a response with a too large Content-Length is not read', async () => {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1));
      },
    },
    { highWaterMark: 0 },
  );
  const response = new Response(body, { headers: { 'content-length': '4000000000' } });
  await expect(readAtMost(response, 1000)).rejects.toThrow('the limit of 1000 bytes');
  expect(pulled).toBe(0);
});

test('a response that is larger than its Content-Length is aborted at the limit', async () => {
  const response = new Response(new Uint8Array(1001), { headers: { 'content-length': '10' } });
  await expect(readAtMost(response, 1000)).rejects.toThrow('the limit of 1000 bytes');
  const fitting = await readAtMost(new Response(new Uint8Array(1000).fill(7)), 1000);
  expect(new Uint8Array(fitting)).toEqual(new Uint8Array(1000).fill(7));
  expect((await readAtMost(new Response(null), 1000)).byteLength).toBe(0);
});

test('an incomplete response is an asset error', async () => {
  const url = await serve((_request, response) => {
    response.setHeader('content-length', '1000');
    response.write('TFL3', () => response.destroy());
  });
  await expect(load(url)).rejects.toMatchObject({
    code: 'asset',
    message: expect.stringMatching(/^the download of the model from .* was interrupted/),
  });
});
