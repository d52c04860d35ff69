/** The film for Chromium's fake camera: the demo's clip as the Motion JPEG that `--use-file-for-fake-video-capture` reads. */
import { mkdir, open, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { cache, root } from './paths.mjs';
import { step } from './progress.mjs';
import { digest, unlessStamped } from './stamp.mjs';

const clip = 'demo-chime/public/clip.webm';
/** Chromium plays a `.mjpeg` file at this rate, whatever it was filmed at. */
const framesPerSecond = 30;

/**
 * Takes the clip apart in the browser that will play it, so that no other video decoder is needed.
 *
 * @param browser path of Chromium's executable.
 * @returns {Promise<string>} the film's path, in the cache.
 */
export async function prepareCameraFilm(browser) {
  const film = join(cache, 'camera.mjpeg');
  await step('fake camera', async (report) => {
    const made = await unlessStamped(`${film}.stamp`, await digest([clip]), [film], () =>
      record(browser, film, report),
    );
    return made ? film : 'up to date';
  });
  return film;
}

async function record(browser, film, report) {
  await mkdir(cache, { recursive: true });
  const { chromium } = await import('playwright-core');
  const bytes = await readFile(join(root, clip));
  // A picture of a video may only be read back by a page of the same origin, which a file has not.
  const server = createServer((request, response) => {
    const video = request.url === '/clip.webm';
    response.setHeader('content-type', video ? 'video/webm' : 'text/html');
    response.end(video ? bytes : '<!doctype html><video src="/clip.webm" muted></video>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Chromium refuses its sandbox to root, and containers often have nobody else; the page is our own.
  const instance = await chromium.launch({
    executablePath: browser,
    args: ['--no-sandbox', '--disable-quic'],
  });
  try {
    const page = await instance.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const count = await page.evaluate(async (rate) => {
      const video = document.querySelector('video');
      if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
        await new Promise((resolve, reject) => {
          video.onloadeddata = resolve;
          video.onerror = () => reject(new Error(video.error.message));
        });
      }
      return Math.round(video.duration * rate);
    }, framesPerSecond);
    const file = await open(film, 'w');
    try {
      for (let frame = 0; frame < count; frame++) {
        report(`frame ${frame + 1} of ${count}`);
        await file.write(
          Buffer.from(await page.evaluate(pictureAt, (frame + 0.5) / framesPerSecond), 'base64'),
        );
      }
    } finally {
      await file.close();
    }
  } finally {
    await instance.close();
    server.close();
  }
}

/** Runs in the page: the video's picture at a time (s), as base64 of a JPEG file. */
async function pictureAt(time) {
  const video = document.querySelector('video');
  await new Promise((resolve) => {
    video.onseeked = resolve;
    video.currentTime = time;
  });
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d').drawImage(video, 0, 0);
  return canvas.toDataURL('image/jpeg', 0.9).split(',')[1];
}
