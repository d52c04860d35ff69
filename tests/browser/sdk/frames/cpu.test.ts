/** Backend `cpu` on frames as cameras deliver them, compared with the camera's own image and with `webgl`. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Effect, VirtualBackground } from '../../../../ts/src/index.js';
import type { InsertableStreams } from '../../../../ts/src/page/tracks/process-track.js';
import imageUrl from '../../../data/astronaut.png?url';
import { readPixels } from '../helpers/pixels.js';
import { frameOf, type RawFormat, type RawInit } from '../helpers/raw-frames.js';
import { BACKGROUND, countMarker, cut, meanDifference, PERSON, paintScene } from '../helpers/scene.js';

const { MediaStreamTrackGenerator, MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;

const [WIDTH, HEIGHT] = [1280, 720];
const BLUE = { kind: 'color', color: '#2040c0' } as const;
/** How far chroma subsampling and rounding may change the person, in levels of 0 to 255. */
const KEPT = 4;
/**
 * How far the backends may differ on average, in levels. `cpu` blurs subsampled chroma, and its model sees the frame with other rounding:
 * the wall of saturated squares is the hardest case for both.
 */
const CLOSE = 3;

/** A camera whose frames the test writes, and the processed track. */
class ProcessedCamera {
  readonly background: VirtualBackground;
  readonly #camera = new MediaStreamTrackGenerator({ kind: 'video' });
  readonly #writer = this.#camera.writable.getWriter();
  #reader: ReadableStreamDefaultReader<VideoFrame> | undefined;

  constructor(background: VirtualBackground) {
    this.background = background;
  }

  /** Processes a frame. The caller closes the output. */
  async process(frame: VideoFrame): Promise<VideoFrame> {
    if (!this.#reader) {
      const track = await this.background.processTrack(this.#camera);
      this.#reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    }
    await this.#writer.write(frame);
    const { value } = await this.#reader.read();
    if (!value) throw new Error('the track ended');
    return value;
  }

  async close(): Promise<void> {
    await this.#reader?.cancel();
    this.#camera.stop();
    await this.background.destroy();
  }
}

async function open(backend: 'cpu' | 'webgl'): Promise<ProcessedCamera> {
  const options = { backend, effect: BLUE, quality: 'high', temporalSmoothing: false } as const;
  return new ProcessedCamera(await VirtualBackground.create(options));
}

let scene: ImageData;
let cpu: ProcessedCamera;
let webgl: ProcessedCamera;
let time = 0;

beforeAll(async () => {
  scene = readPixels(await paintScene(WIDTH, HEIGHT), WIDTH, HEIGHT);
  [cpu, webgl] = await Promise.all([open('cpu'), open('webgl')]);
});

beforeEach(() => {
  // A pause, so that no mask continues the previous test's.
  time += 5_000_000;
});

afterEach(async () => {
  for (const { background } of [cpu, webgl]) await background.update({ effect: BLUE, quality: 'high' });
});

afterAll(async () => {
  await Promise.all([cpu.close(), webgl.close()]);
});

/** The pixels of an output frame, which is closed. */
function pixelsOf(frame: VideoFrame): ImageData {
  const pixels = readPixels(frame, frame.displayWidth, frame.displayHeight);
  frame.close();
  return pixels;
}

/** An image over black. The colors of nearly transparent pixels mean nothing. */
function overBlack({ data, width, height }: ImageData): ImageData {
  const drawn = data.map((level, at) =>
    at % 4 === 3 ? 255 : (level * (data[at - (at % 4) + 3] ?? 0)) / 255,
  );
  return new ImageData(drawn, width, height);
}

function expectNoWall(pixels: ImageData): void {
  for (const region of BACKGROUND) expect(countMarker(cut(pixels, region))).toBe(0);
}

describe.each<{ format: RawFormat } & Omit<RawInit, 'timestamp'>>([
  { format: 'I420', matrix: 'smpte170m' },
  { format: 'I420', matrix: 'bt709' },
  { format: 'I420', matrix: 'bt709', fullRange: true },
  { format: 'NV12', matrix: 'smpte170m' },
  { format: 'NV12', matrix: 'bt709' },
  { format: 'RGBA' },
  { format: 'BGRA' },
])('a track of %o', (given) => {
  test('keeps the person, the size, the times and the color space', async () => {
    for (const timestamp of [time, time + 33_000]) {
      const output = await cpu.process(frameOf(scene, given.format, { ...given, timestamp }));
      expect([output.displayWidth, output.displayHeight, output.timestamp]).toEqual([
        WIDTH,
        HEIGHT,
        timestamp,
      ]);
      if (given.matrix) {
        expect(output.format).toBe('I420');
        expect(output.colorSpace.toJSON()).toMatchObject({
          matrix: given.matrix,
          fullRange: given.fullRange ?? false,
        });
      }
      const pixels = pixelsOf(output);
      expectNoWall(pixels);
      for (const region of PERSON) {
        expect(meanDifference(cut(pixels, region), cut(scene, region))).toBeLessThan(KEPT);
      }
    }
  });

  test('looks as on webgl', async () => {
    const outputs = [cpu, webgl].map(async (camera) =>
      pixelsOf(await camera.process(frameOf(scene, given.format, { ...given, timestamp: time }))),
    );
    const [a, b] = (await Promise.all(outputs)) as [ImageData, ImageData];
    expect(meanDifference(a, b)).toBeLessThan(CLOSE);
  });
});

const EFFECTS: Effect[] = [
  { kind: 'blur', strength: 'medium' },
  { kind: 'image', source: new URL(imageUrl, location.href).href },
  { kind: 'color', color: '#306020' },
  { kind: 'transparent' },
];

test.each(EFFECTS)('effect $kind looks as on webgl, in a track and as a single frame', async (effect) => {
  await Promise.all([cpu, webgl].map(({ background }) => background.setEffect(effect)));
  const inTrack = async (camera: ProcessedCamera) => {
    const output = await camera.process(frameOf(scene, 'I420', { timestamp: time }));
    if (effect.kind === 'transparent') expect(output.format).toMatch(/A/);
    return pixelsOf(output);
  };
  const single = async ({ background }: ProcessedCamera) => {
    const frame = frameOf(scene, 'I420', { timestamp: time });
    const { image, width, height, outcome } = await background.processFrame(frame);
    frame.close();
    expect([outcome, width, height]).toEqual(['processed', WIDTH, HEIGHT]);
    const pixels = readPixels(image, width, height);
    image.close();
    return pixels;
  };
  for (const show of [inTrack, single]) {
    const [here, there] = [await show(cpu), await show(webgl)];
    expect(meanDifference(overBlack(here), overBlack(there)), show.name).toBeLessThan(CLOSE);
    const alpha = (pixels: ImageData) => [pixels.data[3], pixels.data[4 * (WIDTH * 430 + 520) + 3]];
    expect(alpha(here)).toEqual(alpha(there));
    expectNoWall(here);
  }
});

test.each([
  ['high', 1280, 720],
  ['balanced', 960, 540],
  ['low', 640, 360],
] as const)('quality %s sends %d x %d', async (quality, width, height) => {
  await cpu.background.setQuality(quality);
  const output = await cpu.process(frameOf(scene, 'NV12', { timestamp: time }));
  expect([output.displayWidth, output.displayHeight, output.format]).toEqual([width, height, 'I420']);
  const pixels = pixelsOf(output);
  expectNoWall(pixels);
  const scaled = readPixels(await createImageBitmap(scene), width, height);
  for (const region of PERSON) {
    expect(meanDifference(cut(pixels, region), cut(scaled, region))).toBeLessThan(2 * KEPT);
  }
});

test('frames with odd sides are processed', async () => {
  const odd = await paintScene(641, 361);
  const { image, width, height } = await cpu.background.processFrame(odd);
  const pixels = readPixels(image, width, height);
  image.close();
  expect([width, height]).toEqual([641, 361]);
  expectNoWall(pixels);
});

test('all frames of a track are processed, and none is raw', async () => {
  const { frames } = await cpu.background.metrics();
  expect(frames).toMatchObject({ hidden: 0, frozen: 0, raw: 0, failed: 0 });
  expect(frames.processed).toBeGreaterThan(20);
});
