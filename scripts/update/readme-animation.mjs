/** `npm run update -- readme-animation`: renders docs/images/result.webp, the animation of the README. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../setup/paths.mjs';
import { Preparation } from '../setup/prepare.mjs';
import { step } from '../setup/progress.mjs';
import { animate } from './support/animated-webp.mjs';

export const summary = 'the animation of the README, docs/images/result.webp';

export const help = `Usage: npm run update -- readme-animation

Processes the frames of docs/images/caller.webp with the built package in Chromium, once with a blur and once with an
image background. Writes docs/images/result.webp: the camera, the blur and the image in turn. Needs Chromium and the
tools of \`npm run build\`.

  -h, --help  show this text`;

const output = join(root, 'docs', 'images', 'result.webp');
const quality = 0.72;
/** GitHub shows larger images only after a click. */
const maxBytes = 1_500_000;

/** The parts of the animation, each of the same duration. `source` names the background image. */
const parts = [
  { label: 'Camera' },
  { label: 'Background blur', effect: { kind: 'blur', strength: 'high' } },
  { label: 'Virtual background', effect: { kind: 'image', source: 'background' } },
];

export async function run(args) {
  parseArgs({ args });
  const preparation = new Preparation();
  const [, { CHROMIUM_PATH }] = await Promise.all(
    ['package', 'browser'].map((name) => preparation.need(name)),
  );
  await step('animation', async () => {
    const { images, ...rest } = await render(CHROMIUM_PATH);
    const file = animate(
      images.map((image) => Buffer.from(image, 'base64')),
      rest,
    );
    if (file.length > maxBytes) throw new Error(`${output} would have ${file.length} bytes.`);
    await writeFile(output, file);
    return `${images.length} frames, ${Math.round(file.length / 1000)} kB`;
  });
}

/** Opens a page with the built package on a server of its own, and resolves with its encoded frames. */
async function render(executablePath) {
  const { chromium } = await import('playwright-core');
  const { openHost } = await import('../release/host.mjs');
  const host = await openHost(join(root, 'ts'), '/');
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--use-angle=swiftshader'],
  });
  try {
    const page = await browser.newPage();
    const files = {
      index: { body: '<!doctype html><title>Animation</title>', contentType: 'text/html' },
      caller: {
        body: await readFile(join(root, 'docs', 'images', 'caller.webp')),
        contentType: 'image/webp',
      },
      background: {
        body: await readFile(join(root, 'demo-chime', 'public', 'hills.jpg')),
        contentType: 'image/jpeg',
      },
    };
    for (const [name, file] of Object.entries(files)) {
      await page.route(`${host.origin}/${name}`, (route) => route.fulfill(file));
    }
    await page.goto(`${host.origin}/index`);
    return await page.evaluate(renderInPage, { parts, quality });
  } finally {
    await browser.close();
    await host.close();
  }
}

/** Runs in the page: the frames of all parts as WebP in base64, with their size and duration. */
async function renderInPage({ parts, quality }) {
  /** Frames of the transition between two parts. */
  const WIPE = 5;
  const { VirtualBackground } = await import(new URL('/dist/index.js', location.href).href);
  const camera = await decode();
  const { displayWidth: width, displayHeight: height } = camera[0];
  const versions = [];
  for (const { effect } of parts) versions.push(effect ? await process(effect) : camera);

  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false });
  context.font = '600 15px "Liberation Sans", Arial, sans-serif';
  context.textBaseline = 'middle';
  const length = Math.floor(camera.length / parts.length);
  const images = [];
  for (let index = 0; index < length * parts.length; index++) {
    const part = Math.floor(index / length);
    const wiped = Math.min(1, ((index % length) + 1) / WIPE);
    draw(index, part, wiped);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality });
    images.push(toBase64(new Uint8Array(await blob.arrayBuffer())));
  }
  return { images, width, height, milliseconds: camera[0].duration / 1000 };

  /** The frames of the camera's clip. */
  async function decode() {
    const { body } = await fetch('/caller');
    const decoder = new ImageDecoder({ data: body, type: 'image/webp' });
    await decoder.completed;
    const frames = [];
    for (let frameIndex = 0; frameIndex < decoder.tracks.selectedTrack.frameCount; frameIndex++) {
      const { image } = await decoder.decode({ frameIndex });
      frames.push(image);
    }
    return frames;
  }

  /**
   * The frames with an effect. The clip is processed twice, and the second pass is used, so that it loops without a
   * seam.
   */
  async function process(effect) {
    const background = await VirtualBackground.create({ effect, backend: 'webgl', quality: 'high' });
    const results = [];
    for (const [index, image] of [...camera, ...camera].entries()) {
      const frame = new VideoFrame(image, { timestamp: index * image.duration });
      const result = await background.processFrame(frame, { frameRate: 1e6 / image.duration });
      frame.close();
      if (result.outcome !== 'processed') throw new Error(`Frame ${index} is ${result.outcome}.`);
      results.push(result.image);
    }
    await background.destroy();
    return results.slice(camera.length);
  }

  /** Draws a frame of a part. Its left end, up to the fraction `wiped`, covers the previous part. */
  function draw(index, part, wiped) {
    const before = (part + parts.length - 1) % parts.length;
    const edge = Math.round(width * wiped);
    if (edge < width) context.drawImage(versions[before][index], 0, 0);
    context.drawImage(versions[part][index], 0, 0, edge, height, 0, 0, edge, height);
    if (edge < width) {
      context.fillStyle = '#fff';
      context.fillRect(edge - 1, 0, 2, height);
    }
    const { label } = parts[wiped < 0.5 ? before : part];
    context.fillStyle = 'rgb(0 0 0 / 0.6)';
    context.beginPath();
    context.roundRect(12, height - 40, context.measureText(label).width + 24, 28, 14);
    context.fill();
    context.fillStyle = '#fff';
    context.fillText(label, 24, height - 25);
  }

  function toBase64(bytes) {
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  }
}
