import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel } from '../../../../ts/src/shared/assets.js';
import { loadWasm } from '../../../../ts/src/worker/engine.js';
import { readPixels } from '../helpers/pixels.js';

/** Every source of an image, on every import path, looks as a page would draw it over black. */
const WIDTH = 64;
const HEIGHT = 48;
const background = { kind: 'color', color: [32, 64, 192], lightWrap: 0 };
const layout = { fit: 'fill', position: [0.5, 0.5], mirror: false };
/** A mask that shows all of a frame and nothing of the background. */
const everything = new Uint8Array(WIDTH * HEIGHT).fill(255);
const nothing = new Uint8Array(WIDTH * HEIGHT);

const paths = [
  ['webgl', 'auto'],
  ['webgpu', 'copy'],
  ['webgpu', 'gpu'],
] as const;

/** Each quarter has a color and an opacity of its own. */
function paint(): OffscreenCanvas {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('there is no 2D context to paint with');
  const colors = ['rgba(255 255 255 / 0.25)', 'rgb(255 0 0)', 'rgba(0 255 0 / 0.5)', 'rgba(0 0 255 / 0)'];
  for (const [index, color] of colors.entries()) {
    context.fillStyle = color;
    context.fillRect((index % 2) * (WIDTH / 2), index < 2 ? 0 : HEIGHT / 2, WIDTH / 2, HEIGHT / 2);
  }
  return canvas;
}

/** The color in the middle of each quarter, of an image with the size of {@link paint}'s. */
function quarters(image: CanvasImageSource, width = WIDTH, height = HEIGHT): number[][] {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false });
  context?.drawImage(image, 0, 0, width, height);
  const { data } = readPixels(canvas, width, height);
  return [0, 1, 2, 3].map((index) => {
    const x = Math.floor(width * (index % 2 ? 0.75 : 0.25));
    const y = Math.floor(height * (index < 2 ? 0.25 : 0.75));
    return [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
  });
}

function expectAlike(found: number[][], expected: number[][], what: string): void {
  for (const [index, color] of expected.entries()) {
    for (const [channel, level] of color.entries()) {
      expect(
        Math.abs((found[index]?.[channel] ?? 999) - level),
        `${what}: ${found} for ${expected}`,
      ).toBeLessThan(4);
    }
  }
}

describe.each(paths)('%s, %s', (backend, importPath) => {
  let engine: Awaited<ReturnType<typeof createEngine>>;

  async function createEngine() {
    const { Engine } = await loadWasm(backend, undefined);
    const model = await loadModel('selfie_segmentation_landscape', undefined, undefined);
    return Engine.create(model, { background, importPath, powerPreference: 'low-power' });
  }

  beforeAll(async () => {
    engine = await createEngine();
  });

  afterAll(() => {
    engine.destroy();
    engine.free();
  });

  async function show(frame: CanvasImageSource | VideoFrame, width = WIDTH, height = HEIGHT) {
    const { image } = await engine.process(frame, { mask: everything });
    const shown = quarters(image, width, height);
    image.close();
    return shown;
  }

  test('frames look as they are drawn', async () => {
    const canvas = paint();
    const bitmap = await createImageBitmap(canvas);
    const frames: [string, CanvasImageSource | VideoFrame, VideoFrameInit?][] = [
      ['a canvas', canvas],
      ['a bitmap', bitmap],
      ['a frame', new VideoFrame(canvas, { timestamp: 0 })],
      ['an opaque frame', new VideoFrame(canvas, { timestamp: 0, alpha: 'discard' })],
      ['a mirrored frame', new VideoFrame(canvas, { timestamp: 0, flip: true } as VideoFrameInit)],
      ['a turned frame', new VideoFrame(canvas, { timestamp: 0, rotation: 180 } as VideoFrameInit)],
      [
        'a frame turned to the side',
        new VideoFrame(canvas, { timestamp: 0, rotation: 90, flip: true } as VideoFrameInit),
      ],
    ];
    for (const [what, frame] of frames) {
      const isVideo = frame instanceof VideoFrame;
      const [width, height] = isVideo ? [frame.displayWidth, frame.displayHeight] : [WIDTH, HEIGHT];
      expectAlike(await show(frame, width, height), quarters(frame, width, height), what);
      if (isVideo) frame.close();
    }
    bitmap.close();
  });

  test('backgrounds and the frames of their videos look as they are drawn', async () => {
    const canvas = paint();
    const expected = quarters(canvas);
    const bitmap = await createImageBitmap(canvas);
    const frame = new VideoFrame(canvas, { timestamp: 0 });
    const mirrored = new VideoFrame(canvas, { timestamp: 0, flip: true } as VideoFrameInit);
    const behind = async (videoFrame?: ImageBitmap | VideoFrame) => {
      const { image, backgroundError } = await engine.process(canvas, { image: videoFrame, mask: nothing });
      expect(backgroundError).toBeUndefined();
      const shown = quarters(image);
      image.close();
      return shown;
    };
    expect(expected[0]).toEqual([64, 64, 64]);
    engine.setBackground({ kind: 'image', image: bitmap, layout });
    expectAlike(await behind(), expected, 'an image');
    for (const [what, source] of Object.entries({ bitmap, frame, mirrored })) {
      engine.setBackground({ kind: 'video', image: source, layout });
      expectAlike(await behind(), quarters(source), `the first frame, a ${what}`);
      engine.setBackground({ kind: 'video', image: bitmap, layout });
      expectAlike(await behind(source), quarters(source), `a later frame, a ${what}`);
    }
    engine.setBackground(background);
    for (const source of [bitmap, frame, mirrored]) source.close();
  });

  test('sizes that no canvas can have are frame errors, and the engine keeps working', async () => {
    for (const [width, height] of [
      [0, 48],
      [64, 0],
      [64, 1e6],
      [2 ** 32 - 1, 48],
    ] as const) {
      expect(() => engine.hide(width, height)).toThrow(expect.objectContaining({ code: 'frame' }));
    }
    const image = engine.hide(WIDTH, HEIGHT);
    expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
    image.close();
  });

  test('wrong options are option errors', async () => {
    const { Engine } = await loadWasm(backend, undefined);
    for (const options of [
      { background, powerPreference: 'fast' },
      { background, precision: 'f64' },
      { background: { kind: 'sparkles' } },
    ]) {
      await expect(Engine.create(new Uint8Array(8), options)).rejects.toMatchObject({ code: 'option' });
    }
  });
});

test('the age of a frame follows from its timestamp', async () => {
  const { Engine } = await loadWasm('webgl', undefined);
  const model = await loadModel('selfie_segmentation_landscape', undefined, undefined);
  const engine = await Engine.create(model, { background });
  const canvas = paint();
  const segmented = async (timestamp: number) => {
    const frame = new VideoFrame(canvas, { timestamp });
    const { image, segmented } = await engine.process(frame, { reuseMatte: true });
    image.close();
    frame.close();
    return segmented;
  };
  expect(await segmented(1_000_000)).toBe(true);
  expect(await segmented(1_040_000)).toBe(false);
  expect(await segmented(1_200_000), 'too long after the matte').toBe(true);
  expect(await segmented(1_190_000), 'a timestamp that jumps back').toBe(true);
  expect(await segmented(9_000_000), 'a timestamp that jumps ahead').toBe(true);
  engine.destroy();
  engine.free();
});

test('an adapter without timestamps runs the model', async () => {
  const features = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, 'features');
  if (!features?.get) throw new Error('adapters have no features here');
  Object.defineProperty(GPUAdapter.prototype, 'features', {
    configurable: true,
    get() {
      return new Set([...(features.get?.call(this) ?? [])].filter((name) => name !== 'timestamp-query'));
    },
  });
  try {
    const { Engine } = await loadWasm('webgpu', undefined);
    const model = await loadModel('selfie_segmentation_landscape', undefined, undefined);
    const engine = await Engine.create(model, { background });
    expect(engine.info().timestamps).toBe(false);
    const { image, segmented } = await engine.process(paint(), { timestamps: true });
    expect(segmented).toBe(true);
    expect(engine.gpuTimes()).toEqual([]);
    image.close();
    engine.destroy();
    engine.free();
  } finally {
    Object.defineProperty(GPUAdapter.prototype, 'features', features);
  }
});
