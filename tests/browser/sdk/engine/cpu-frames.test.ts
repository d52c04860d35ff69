/** The frames that the module for the CPU copies, against the browser's own drawing of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel } from '../../../../ts/src/shared/assets.js';
import { loadWasm } from '../../../../ts/src/worker/engine.js';

const [WIDTH, HEIGHT] = [64, 48];
/** The largest difference to a drawing, in levels: browsers approximate the matrix of Y'CbCr. */
const LARGEST = 4;

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

type FrameInit = Partial<VideoFrameBufferInit> & { rotation?: number; flip?: boolean };

function frameOf(format: 'I420' | 'NV12', init: FrameInit = {}): VideoFrame {
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

/** The pixels of a source over black. Chromium draws a transparent canvas that was made opaque otherwise on a transparent one. */
function drawn(source: CanvasImageSource, width: number, height: number): Uint8ClampedArray {
  const context = new OffscreenCanvas(width, height).getContext('2d', { alpha: false });
  if (!context) throw new Error('there is no 2D context');
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

const orientations = [0, 90, 180, 270].flatMap((rotation) =>
  [false, true].map((flip) => ({ rotation, flip })),
);

type Source = VideoFrame | OffscreenCanvas | ImageBitmap;

/** Frames of cameras. The output is I420, which Chromium converts by other code than NV12. */
const camera = (['I420', 'NV12'] as const).flatMap((format) =>
  (
    [
      ...orientations.map(({ rotation, flip }) => [
        `turned by ${rotation}°${flip ? ' and mirrored' : ''}`,
        { rotation, flip },
      ]),
      ['without a color space', { colorSpace: {} }],
      ['of odd size', { codedWidth: 63, codedHeight: 47 }],
      ['a part of it', { visibleRect: { x: 8, y: 6, width: 40, height: 30 }, rotation: 90 }],
      ['with wide pixels', { displayWidth: 96, displayHeight: 48 }],
    ] as const
  ).map(([name, init]): [string, () => Source, () => Source] => [
    `${format}, ${name}`,
    () => frameOf(format, init as FrameInit),
    () => frameOf('I420', init as FrameInit),
  ]),
);

const others: [string, () => Source][] = [
  ['an opaque canvas', () => canvasOf(1)],
  ['a transparent canvas', () => canvasOf(0.5)],
  ['a bitmap', () => canvasOf(1).transferToImageBitmap()],
  ['a transparent frame', () => new VideoFrame(canvasOf(0.5), { timestamp: 0 })],
  [
    'a frame of a transparent canvas',
    () => new VideoFrame(canvasOf(0.5), { timestamp: 0, alpha: 'discard' }),
  ],
];

describe.each([...camera, ...others])('%s', (_name, make, makeShown = make) => {
  test.each([true, false])('is shown as the browser draws it, with video %s', async (video) => {
    const [source, shown] = [make(), makeShown()];
    const [width, height] =
      source instanceof VideoFrame
        ? [source.displayWidth, source.displayHeight]
        : [source.width, source.height];
    const mask = new Uint8Array(width * height).fill(255);
    const { image } = await engine.process(source, { mask, video });
    expect(image).toBeInstanceOf(video ? VideoFrame : ImageBitmap);
    const expected = drawn(shown, width, height);
    const worst = drawn(image, width, height).reduce(
      (most, level, at) => Math.max(most, Math.abs(level - (expected[at] ?? 0))),
      0,
    );
    expect(worst).toBeLessThanOrEqual(LARGEST);
    for (const each of [image, source, shown]) if ('close' in each) each.close();
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
