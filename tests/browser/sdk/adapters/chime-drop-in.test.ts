import type { VideoFrameProcessor } from 'amazon-chime-sdk-js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  BackgroundBlurStrength,
  BackgroundBlurVideoFrameProcessor,
} from '../../../../ts/src/adapters/chime/index.js';
import { VirtualBackground } from '../../../../ts/src/index.js';
import { describeOnAllBackends } from '../../matrix.js';
import type { FilteredCamera } from '../chime-app/camera.ts';
import { changeImport } from '../chime-app/change-import.ts';
import source from '../chime-app/filters.ts?raw';
import { chooseBackend } from '../helpers/choose-backend.js';
import { pause, readPixels } from '../helpers/pixels.js';
import {
  BACKGROUND,
  countMarker,
  cut,
  drawScene,
  loadAstronaut,
  meanDifference,
  PERSON,
} from '../helpers/scene.js';

const { BlurredCamera, ReplacedCamera, EffectsCamera }: typeof import('../chime-app/filters.ts') =
  await import('../chime-app/filters.ts?cyclorama');

/** Frames per second of the fake camera: few enough for a software GPU. */
const FRAME_RATE = 3;
/** How far rounding and two passes through a video may change an image, in levels of 0 to 255. */
const KEPT = 6;
/** Half of the light of magenta, and half of that of green: the marker under a strong blur. */
const MIXED = [180, 180, 180];
/** How long a change may take to come out of the SDK's pipeline. */
const SHOWN = { timeout: 120_000, interval: 300 };

/** These tests wait for more changes than others. */
const SLOW = { timeout: 480_000 };

const scene = document.createElement('canvas');
let still: ImageData;
let input: MediaStream;
let redraw: number;
let running: { stop(): Promise<void> } | undefined;

beforeEach(async () => {
  [scene.width, scene.height] = [640, 360];
  const context = scene.getContext('2d', { alpha: false });
  if (!context) throw new Error('there is no 2D context for the scene');
  const astronaut = await loadAstronaut();
  const draw = () => drawScene(context, astronaut, 0);
  draw();
  still = readPixels(scene, scene.width, scene.height);
  redraw = window.setInterval(draw, 1000 / FRAME_RATE);
  input = scene.captureStream(FRAME_RATE);
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  window.clearInterval(redraw);
  for (const track of input.getTracks()) track.stop();
  vi.restoreAllMocks();
});

test('one line of the app differs', () => {
  const before = source.split('\n');
  const after = changeImport(source).split('\n');
  expect(after).toHaveLength(before.length);
  const changed = before.flatMap((line, index) => (line === after[index] ? [] : [[line, after[index]]]));
  expect(changed).toEqual([["} from 'amazon-chime-sdk-js';", "} from 'cyclorama/chime';"]]);
});

describeOnAllBackends((backend) => {
  // Apps name no backend.
  beforeEach(() => chooseBackend(VirtualBackground, backend));

  test('an app with the SDK’s blur blurs after one line is changed', async () => {
    const blurred = await BlurredCamera.start(input);
    running = blurred;
    const viewer = await watch(blurred.camera);
    const hard = await viewer.until((image) => isBackground(image, MIXED, 10));
    expectPerson(hard);
    expect(contrast(hard)).toBeLessThan(contrast(still) / 10);

    blurred.soften();
    const soft = await viewer.until((image) => contrast(image) > contrast(still) / 5);
    expectPerson(soft);
    expect(contrast(soft)).toBeLessThan(contrast(still) * 0.8);
    expectNothingForeign();
  });

  test('an app with the SDK’s replacement replaces after one line is changed', async () => {
    const replaced = await ReplacedCamera.start(input, await paint('#2040c0'));
    running = replaced;
    const viewer = await watch(replaced.camera);
    expectPerson(await viewer.until((image) => isBackground(image, [0x20, 0x40, 0xc0])));
    await replaced.choose(await paint('#c08020'));
    expectPerson(await viewer.until((image) => isBackground(image, [0xc0, 0x80, 0x20])));
    await expect(replaced.choose(new Blob(['no image']))).rejects.toThrow();
    await pause(1000);
    expect(isBackground(await viewer.read(), [0xc0, 0x80, 0x20])).toBe(true);
    expectNothingForeign();
  });

  test('an app with the SDK’s second filter shows its effects after one line is changed', SLOW, async () => {
    const effects = await EffectsCamera.start(input, 'rebeccapurple');
    running = effects;
    const viewer = await watch(effects.camera);
    expectPerson(await viewer.until((image) => isBackground(image, [0x66, 0x33, 0x99])));

    await expect(effects.choose({ blur: true })).rejects.toThrow('both enabled');
    await pause(1000);
    expect(isBackground(await viewer.read(), [0x66, 0x33, 0x99])).toBe(true);

    await effects.choose({ blur: true, replacement: false });
    expectPerson(await viewer.until((image) => isBackground(image, MIXED, 10)));

    // With both disabled, the SDK's rule shows the camera.
    await effects.choose({ blur: false });
    await viewer.until((image) => markers(image) > 1000);
    await effects.choose({ replacement: true });
    expectPerson(await viewer.until((image) => isBackground(image, [0x66, 0x33, 0x99])));
    expectNothingForeign();
  });

  test('a blur strength blurs as far as the SDK’s blur of the same strength', SLOW, async () => {
    const processor = await BackgroundBlurVideoFrameProcessor.create(undefined, {
      quality: 'high',
      timing: 'off',
    });
    try {
      for (const blurStrength of Object.values(BackgroundBlurStrength)) {
        processor.setBlurStrength(blurStrength);
        const expected = (blurStrength * scene.height) / 540;
        await expect.poll(() => deviation(processor), SHOWN).toBeGreaterThan(0.8 * expected);
        expect(await deviation(processor)).toBeLessThan(1.2 * expected);
      }
    } finally {
      await processor.destroy();
    }
  });
});

/** The standard deviation in pixels of a processor's blur at an edge in the background, far from the person and the sides. */
async function deviation(processor: VideoFrameProcessor): Promise<number> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [scene.width, scene.height];
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('there is no 2D context for the edge');
  context.drawImage(scene, 0, 0);
  context.fillStyle = '#000000';
  context.fillRect(0, 0, 70, canvas.height);
  context.fillStyle = '#ffffff';
  context.fillRect(70, 0, 70, canvas.height);
  const [made] = await processor.process([
    {
      framerate: 15,
      width: canvas.width,
      height: canvas.height,
      destroy() {},
      asCanvasElement: () => canvas,
      asCanvasImageSource: () => Promise.resolve(canvas),
    },
  ]);
  if (!made) throw new Error('no buffer came back');
  const image = readPixels(await made.asCanvasImageSource(), canvas.width, canvas.height);
  // The blur mixes light, which is roughly the square of the stored value.
  const light = Array.from({ length: 140 }, (_, x) => (image.data[(60 * image.width + x) * 4] ?? 0) ** 2);
  // A Gaussian's edge has 15.87 % of the light at one standard deviation from its middle.
  return crossing(light, 0.5) - crossing(light, 0.1587);
}

/** Where values first reach a fraction of 255's square, between two of them. */
function crossing(values: number[], fraction: number): number {
  const level = fraction * 255 ** 2;
  const after = values.findIndex((value) => value >= level);
  const [low = 0, high = 0] = values.slice(after - 1, after + 1);
  return after - 1 + (level - low) / (high - low);
}

/** Plays the stream that the app's meeting would send. */
async function watch({ stream }: FilteredCamera) {
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  const read = async () => {
    if (video.videoWidth === 0) return new ImageData(1, 1);
    return readPixels(video, scene.width, scene.height);
  };
  return {
    read,
    /** The first image that matches. */
    async until(matches: (image: ImageData) => boolean): Promise<ImageData> {
      let found = await read();
      await expect
        .poll(async () => {
          found = await read();
          return found.width > 1 && matches(found);
        }, SHOWN)
        .toBe(true);
      return found;
    },
  };
}

function markers(image: ImageData): number {
  return BACKGROUND.reduce((sum, region) => sum + countMarker(cut(image, region)), 0);
}

/** The standard deviation of the background's green, in levels of 0 to 255. */
function contrast(image: ImageData): number {
  const greens = BACKGROUND.flatMap((region) =>
    [...cut(image, region).data].filter((_, index) => index % 4 === 1),
  );
  const mean = greens.reduce((sum, value) => sum + value, 0) / greens.length;
  return Math.sqrt(greens.reduce((sum, value) => sum + (value - mean) ** 2, 0) / greens.length);
}

function isBackground(image: ImageData, color: number[], within = KEPT): boolean {
  return BACKGROUND.every((region) => {
    const found = cut(image, region);
    const expected = new ImageData(found.width, found.height);
    for (let index = 0; index < expected.data.length; index += 4) expected.data.set([...color, 255], index);
    return meanDifference(found, expected) < within;
  });
}

function expectPerson(image: ImageData): void {
  for (const region of PERSON) {
    expect(meanDifference(cut(still, region), cut(image, region))).toBeLessThan(KEPT);
  }
}

/** The SDK's own filters would have requested files from an Amazon server. */
function expectNothingForeign(): void {
  const entries = performance.getEntriesByType('resource').map(({ name }) => new URL(name));
  expect(
    entries.filter(({ origin, protocol }) => protocol !== 'blob:' && origin !== location.origin),
  ).toEqual([]);
}

async function paint(color: string): Promise<Blob> {
  const canvas = new OffscreenCanvas(64, 36);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the image has no 2D context');
  context.fillStyle = color;
  context.fillRect(0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob();
}
