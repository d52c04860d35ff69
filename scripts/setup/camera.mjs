/** The video of Chromium's fake camera: the demo's clip as Motion JPEG, for `--use-file-for-fake-video-capture`. */
import { mkdir, open, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { cache, root } from './paths.mjs';
import { step } from './progress.mjs';
import { digest, unlessStamped } from './stamp.mjs';

const clip = 'demo-chime/public/clip.webm';
/** Chromium always plays a `.mjpeg` file at this rate. */
const framesPerSecond = 30;

/**
 * Decodes the clip in the browser, so that no other video decoder is needed.
 *
 * @param browser path of Chromium's executable.
 * @returns {Promise<string>} the path of the video in the cache.
 */
export async function prepareCameraVideo(browser) {
  const output = join(cache, 'camera.mjpeg');
  await step('fake camera', async (report) => {
    const made = await unlessStamped(`${output}.stamp`, await digest([clip]), [output], () =>
      record(browser, output, report),
    );
    return made ? output : 'up to date';
  });
  return output;
}

async function record(browser, output, report) {
  await mkdir(cache, { recursive: true });
  const { chromium } = await import('playwright-core');
  const bytes = await readFile(join(root, clip));
  // A server, because only a same-origin page can read the frames of a video, and files have no origin.
  const server = createServer((request, response) => {
    const video = request.url === '/clip.webm';
    response.setHeader('content-type', video ? 'video/webm' : 'text/html');
    response.end(video ? bytes : '<!doctype html><video src="/clip.webm" muted></video>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Without its sandbox, which Chromium does not support for root, the usual user of containers. The page is our own.
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
    const file = await open(output, 'w');
    try {
      for (let frame = 0; frame < count; frame++) {
        report(`frame ${frame + 1} of ${count}`);
        await file.write(
          Buffer.from(await page.evaluate(frameAt, (frame + 0.5) / framesPerSecond), 'base64'),
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

/** Runs in the page: the video's frame at a time in seconds, as a JPEG file in base64. */
async function frameAt(time) {
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
