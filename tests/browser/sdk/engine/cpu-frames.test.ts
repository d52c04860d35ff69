/** The frames that the module for the CPU copies, against the browser's own drawing of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel } from '../../../../ts/src/shared/assets.js';
import { loadWasm } from '../../../../ts/src/worker/engine.js';
import { readPixels } from '../helpers/pixels.js';

const [WIDTH, HEIGHT] = [64, 48];
/** The largest difference to a drawing, in levels: browsers approximate the matrix of Y'CbCr. */
const LARGEST = 5;

let engine: Awaited<ReturnType<typeof createEngine>>;

beforeAll(async () => {
  engine = await createEngine();
});

afterAll(() => {
  engine.destroy();
  engine.free();
});

async function createEngine() {
  const { Engine } = await loadWasm('cpu', undefined);
  const model = await loadModel('selfie_segmentation_landscape', undefined, undefined);
  // Without light wrap, persons stay unchanged.
  return Engine.create(model, { background: { kind: 'color', color: [0, 255, 0], lightWrap: 0 } });
}

/** Samples of an image without symmetry, in a format of cameras. */
function samples(format: 'I420' | 'NV12', width: number, height: number): Uint8Array<ArrayBuffer> {
  const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const luma = Array.from(
    { length: width * height },
    (_, at) => 40 + (150 * ((at % width) + at / width)) / (width + height),
  );
  const chroma = Array.from({ length: columns * rows }, (_, at) => [
    100 + (60 * (at % columns)) / columns,
    100 + (60 * at) / columns / rows,
  ]);
  const planes =
    format === 'NV12' ? chroma.flat() : [0, 1].flatMap((plane) => chroma.map((pair) => pair[plane] ?? 0));
  return Uint8Array.from([...luma, ...planes]);
}

function frameOf(
  format: 'I420' | 'NV12',
  init: Partial<VideoFrameBufferInit> & { rotation?: number; flip?: boolean } = {},
): VideoFrame {
  const [codedWidth, codedHeight] = [init.codedWidth ?? WIDTH, init.codedHeight ?? HEIGHT];
  const bytes = samples(format, codedWidth, codedHeight);
  return new VideoFrame(bytes, { format, codedWidth, codedHeight, timestamp: 7_000, ...init });
}

/** A canvas with two colors, the larger of this opacity. */
function canvasOf(opacity: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('there is no 2D context');
  context.fillStyle = `rgba(200, 100, 50, ${opacity})`;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.fillStyle = 'blue';
  context.fillRect(10, 10, 20, 20);
  return canvas;
}

/** The pixels of a source over black. */
function drawn(source: CanvasImageSource, width: number, height: number): Uint8ClampedArray {
  const { data } = readPixels(source, width, height);
  return data.map((level, at) => (at % 4 === 3 ? 255 : (level * (data[at - (at % 4) + 3] ?? 0)) / 255));
}

const orientations = [0, 90, 180, 270].flatMap((rotation) =>
  [false, true].map((flip) => ({ rotation, flip })),
);

const sources: [string, () => VideoFrame | OffscreenCanvas | ImageBitmap][] = [
  ...(['I420', 'NV12'] as const).flatMap((format): typeof sources => [
    ...orientations.map(({ rotation, flip }): (typeof sources)[number] => [
      `${format}, turned by ${rotation}°${flip ? ' and mirrored' : ''}`,
      () => frameOf(format, { rotation, flip }),
    ]),
    [`${format} without a color space`, () => frameOf(format, { colorSpace: {} })],
    [`${format} of odd size`, () => frameOf(format, { codedWidth: 63, codedHeight: 47 })],
    [
      `${format}, a part of it`,
      () => frameOf(format, { visibleRect: { x: 8, y: 6, width: 40, height: 30 }, rotation: 90 }),
    ],
    [`${format} with wide pixels`, () => frameOf(format, { displayWidth: 96, displayHeight: 48 })],
  ]),
  ['an opaque canvas', () => canvasOf(1)],
  ['a transparent canvas', () => canvasOf(0.5)],
  ['a bitmap', () => canvasOf(1).transferToImageBitmap()],
  ['a transparent frame', () => new VideoFrame(canvasOf(0.5), { timestamp: 0 })],
];

describe.each(sources)('%s', (_name, make) => {
  test.each([true, false])('is shown as the browser draws it, with video %s', async (video) => {
    const source = make();
    const [width, height] =
      source instanceof VideoFrame
        ? [source.displayWidth, source.displayHeight]
        : [source.width, source.height];
    const mask = new Uint8Array(width * height).fill(255);
    const { image } = await engine.process(source, { mask, video });
    expect(image).toBeInstanceOf(video ? VideoFrame : ImageBitmap);
    const expected = drawn(source, width, height);
    const worst = drawn(image, width, height).reduce(
      (most, level, at) => Math.max(most, Math.abs(level - (expected[at] ?? 0))),
      0,
    );
    expect(worst).toBeLessThanOrEqual(LARGEST);
    image.close();
    if ('close' in source) source.close();
  });
});

test('a video frame keeps time and color space, and a copy of another size is scaled', async () => {
  const colorSpace = { matrix: 'bt709', primaries: 'bt709', transfer: 'bt709', fullRange: true } as const;
  const frame = frameOf('NV12', { colorSpace, duration: 33_000 });
  for (const [width, height] of [
    [WIDTH, HEIGHT],
    [32, 24],
  ]) {
    const { image, ...result } = await engine.process(frame, { video: true, width, height });
    expect([result.width, result.height, image.codedWidth, image.codedHeight]).toEqual([
      width,
      height,
      width,
      height,
    ]);
    expect([image.format, image.timestamp, image.duration]).toEqual(['I420', 7_000, 33_000]);
    expect(image.colorSpace.toJSON()).toEqual(colorSpace);
    image.close();
  }
  frame.close();
});
