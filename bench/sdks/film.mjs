/** The video of the fake camera: the demo's clip with the marker, as uncompressed YUV4MPEG2, for any size and frame rate. */
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { root } from '../../scripts/setup/paths.mjs';
import { step } from '../../scripts/setup/progress.mjs';
import { digest, unlessStamped } from '../../scripts/setup/stamp.mjs';
import { films } from '../paths.mjs';

/** What the recording page loads: its own URL path, and the file from the checkout's root. */
const files = {
  '/clip.webm': ['demo-chime/public/clip.webm', 'video/webm'],
  '/film.js': ['bench/sdks/page/film.js', 'text/javascript'],
  '/marker.mjs': ['bench/sdks/page/marker.mjs', 'text/javascript'],
};
const page =
  '<!doctype html><video src="/clip.webm" muted></video><script type="module" src="/film.js"></script>';
/** Precedes each frame. */
const FRAME = 'FRAME\n';

/**
 * @typedef {object} Format
 * @property {number} width of the frames, even.
 * @property {number} height even.
 * @property {number} frameRate
 *
 * @typedef {object} Film
 * @property {string} path in the cache.
 * @property {number} duration in ms. After it the camera starts the film again.
 */

/**
 * @param {string} browser path of Chromium's executable.
 * @param {string} name of the file.
 * @param {Format} format
 * @returns {Promise<Film>}
 */
export async function prepareFilm(browser, name, format) {
  const path = join(films, `${name}.y4m`);
  await step(`film ${name}`, async (report) => {
    const inputs = Object.values(files).map(([file]) => file);
    const value = await digest([...inputs, 'bench/sdks/film.mjs'], JSON.stringify(format));
    const made = await unlessStamped(`${path}.stamp`, value, [path], () =>
      record(browser, path, format, report),
    );
    return made ? path : 'up to date';
  });
  const { width, height, frameRate } = format;
  const frames = Math.floor((await stat(path)).size / (FRAME.length + frameBytes(width, height)));
  return { path, duration: (1000 * frames) / frameRate };
}

const frameBytes = (width, height) => (width * height * 3) / 2;

/** Decodes the clip in the browser, so that no other video decoder is needed. */
async function record(browser, path, format, report) {
  await mkdir(films, { recursive: true });
  const file = await open(path, 'w');
  const { width, height, frameRate } = format;
  await file.write(`YUV4MPEG2 W${width} H${height} F${frameRate}:1 Ip A1:1 C420mpeg2\n`);
  let frames = 0;
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      await file.write(FRAME);
      for await (const part of request) await file.write(part);
      frames += 1;
      report(`frame ${frames}`);
      return response.end();
    }
    const [source, type] = files[request.url] ?? [undefined, 'text/html'];
    response.setHeader('content-type', type);
    response.end(source ? await readFile(join(root, source)) : page);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Without its sandbox, which Chromium does not support for root, the usual user of containers. The page is our own.
  const instance = await chromium.launch({
    executablePath: browser,
    args: ['--no-sandbox', '--disable-quic'],
  });
  try {
    const tab = await instance.newPage();
    await tab.goto(`http://127.0.0.1:${server.address().port}/`);
    await tab.waitForFunction(() => globalThis.film);
    await tab.evaluate((wanted) => globalThis.film(wanted), format);
  } finally {
    await instance.close();
    server.close();
    await file.close();
  }
}
