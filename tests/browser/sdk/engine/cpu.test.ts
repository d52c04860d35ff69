/** The engine without a GPU: the planes of its frames, the sizes of its outputs, its memory and wrong options. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { loadModel } from '../../../../ts/src/shared/assets.js';
import type { Background } from '../../../../ts/src/shared/background.js';
import type { Engine } from '../../../../ts/src/shared/engine-types.js';
import { createEngine } from '../../../../ts/src/worker/engine.js';
import { readPixels } from '../helpers/pixels.js';
import { frameOf, type RawFormat } from '../helpers/raw-frames.js';
import { BACKGROUND, countMarker, cut, meanDifference, PERSON, paintScene } from '../helpers/scene.js';

const BLUE: Background = { kind: 'color', color: [32, 64, 192], lightWrap: 0 };

let model: Uint8Array;
let engine: Engine;
/** Closed after each test. */
const opened: (VideoFrame | ImageBitmap)[] = [];

beforeAll(async () => {
  model = await loadModel('selfie_segmentation_landscape', undefined, undefined);
  engine = await open(BLUE);
});

afterEach(() => {
  engine.setBackground(BLUE);
  for (const image of opened.splice(0)) image.close();
});

afterAll(() => {
  for (const frame of cameraFrames.values()) frame.close();
  engine.destroy();
  engine.free();
});

function open(background: Background): Promise<Engine> {
  return createEngine('cpu', model, { background }, undefined);
}

/** The frames of {@link camera}, by format and size. */
const cameraFrames = new Map<string, VideoFrame>();

/** The scene as a frame in memory. */
async function camera(format: RawFormat, width = 640, height = 360, timestamp = 0): Promise<VideoFrame> {
  const name = `${format} ${width}x${height}`;
  let known = cameraFrames.get(name);
  if (!known) {
    known = frameOf(readPixels(await paintScene(width, height), width, height), format, { timestamp: 0 });
    cameraFrames.set(name, known);
  }
  const frame = new VideoFrame(known, { timestamp, duration: 33_333 });
  opened.push(frame);
  return frame;
}

/** Processes a frame for a track. */
async function processVideo(frame: VideoFrame, options = {}): Promise<VideoFrame> {
  const { image } = await engine.process(frame, { video: true, ...options });
  opened.push(image);
  if (!(image instanceof VideoFrame)) throw new Error('the image is no VideoFrame');
  return image;
}

function pixelsOf(frame: VideoFrame): ImageData {
  return readPixels(frame, frame.displayWidth, frame.displayHeight);
}

/** Expects the person as in the scene, and nothing of the wall. The bound is for subsampled chroma, or for pixels that were scaled. */
async function expectPerson(pixels: ImageData, name = '', bound = 4): Promise<void> {
  const scene = readPixels(await paintScene(pixels.width, pixels.height), pixels.width, pixels.height);
  for (const region of BACKGROUND) expect(countMarker(cut(pixels, region)), name).toBe(0);
  for (const region of PERSON) {
    expect(meanDifference(cut(pixels, region), cut(scene, region)), name).toBeLessThan(bound);
  }
}

test('a frame for a track has the planes, the color space and the times of the camera’s frame', async () => {
  const frame = await camera('I420', 640, 360, 123_456);
  const output = await processVideo(frame);
  const { format, codedWidth, codedHeight, displayWidth, displayHeight, timestamp, duration } = output;
  expect({ format, codedWidth, codedHeight, displayWidth, displayHeight, timestamp, duration }).toEqual({
    format: 'I420',
    codedWidth: 640,
    codedHeight: 360,
    displayWidth: 640,
    displayHeight: 360,
    timestamp: 123_456,
    duration: 33_333,
  });
  expect(output.colorSpace.toJSON()).toEqual(frame.colorSpace.toJSON());
  await expectPerson(pixelsOf(output));
  expect(frame.codedWidth, 'the engine does not close the frame').toBe(640);
});

test('a frame for a track looks like the bitmap of the same frame', async () => {
  for (const format of ['I420', 'NV12', 'RGBA', 'BGRA'] as const) {
    const frame = await camera(format);
    const { image } = await engine.process(frame, {});
    opened.push(image);
    expect(image).toBeInstanceOf(ImageBitmap);
    const video = pixelsOf(await processVideo(frame));
    expect(meanDifference(readPixels(image as ImageBitmap, 640, 360), video), format).toBeLessThan(1);
    await expectPerson(video, format);
  }
});

test('a transparent background gives frames with alpha', async () => {
  engine.setBackground({ kind: 'transparent' });
  for (const format of ['I420', 'RGBA'] as const) {
    const output = await processVideo(await camera(format));
    expect(output.format, format).toMatch(/^(RGBA|BGRA|I420A)$/);
    const { data } = pixelsOf(output);
    expect([...data.subarray(0, 4)], format).toEqual([0, 0, 0, 0]);
    expect(data[(180 * 640 + 300) * 4 + 3], format).toBe(255);
  }
});

test('the output has the requested size', async () => {
  for (const [width, height] of [
    [320, 180],
    [322, 182],
    [480, 270],
    [2, 2],
    [640, 360],
  ] as const) {
    for (const format of ['I420', 'RGBA'] as const) {
      const frame = await camera(format);
      const output = await processVideo(frame, { width, height });
      expect([output.displayWidth, output.displayHeight], format).toEqual([width, height]);
      if (width > 2) await expectPerson(pixelsOf(output), `${format}, ${width}x${height}`, 10);
      const { image, ...size } = await engine.process(frame, { width, height });
      opened.push(image);
      expect([size.width, size.height], format).toEqual([width, height]);
    }
  }
});

test('frames of every size, format and crop show the person before the color', async () => {
  for (const [width, height] of [
    [640, 360],
    [321, 181],
    [1280, 720],
    [318, 178],
    [640, 360],
  ] as const) {
    for (const format of ['I420', 'NV12', 'RGBA', 'BGRA'] as const) {
      const frame = await camera(format, width, height);
      await expectPerson(pixelsOf(await processVideo(frame)), `${format}, ${width}x${height}`);
    }
  }
  for (const side of [1, 2, 3, 7]) {
    for (const format of ['I420', 'RGBA'] as const) {
      const output = await processVideo(await camera(format, side, side));
      expect([output.displayWidth, output.displayHeight], `${format} ${side}`).toEqual([side, side]);
    }
  }
  // A frame whose planes have more rows and columns than it shows.
  const whole = await camera('I420', 800, 480);
  const visibleRect = { x: 80, y: 60, width: 640, height: 360 };
  const part = new VideoFrame(whole, { visibleRect, displayWidth: 640, displayHeight: 360 });
  opened.push(part);
  const output = await processVideo(part);
  expect([output.displayWidth, output.displayHeight]).toEqual([640, 360]);
  for (const region of BACKGROUND) expect(countMarker(cut(pixelsOf(output), region))).toBe(0);
});

test('a frame keeps its pixels while later ones are processed', async () => {
  const first = await processVideo(await camera('I420', 640, 360));
  const before = pixelsOf(first);
  engine.setBackground({ kind: 'color', color: [200, 10, 10], lightWrap: 0 });
  for (const format of ['I420', 'NV12', 'I420'] as const) {
    await processVideo(await camera(format, 640, 360));
  }
  expect(meanDifference(pixelsOf(first), before)).toBe(0);
});

test('a frame that is closed, or closed while it is copied, is an error or complete', async () => {
  const closed = await camera('I420');
  closed.close();
  await expect(engine.process(closed)).rejects.toMatchObject({ code: 'frame' });
  const closing = await camera('I420');
  const processing = engine.process(closing, { video: true });
  closing.close();
  const output = await processing.catch((cause: unknown) => cause);
  if (output instanceof Error || !(output as { image?: unknown }).image) {
    expect(output).toMatchObject({ code: 'frame' });
  } else {
    const { image } = output as { image: VideoFrame };
    opened.push(image);
    await expectPerson(pixelsOf(image));
  }
  await expectPerson(pixelsOf(await processVideo(await camera('I420'))));
});

test('memory stays the same while formats, sizes and effects alternate', async () => {
  const image = await createImageBitmap(await paintScene(320, 180));
  const layout = { fit: 'cover', position: [0.5, 0.5], mirror: false } as const;
  const backgrounds: Background[] = [
    BLUE,
    { kind: 'blur', radius: 16 },
    { kind: 'image', image, layout, lightWrap: 0.3, matchBrightness: true },
    { kind: 'transparent' },
  ] as Background[];
  const round = async () => {
    for (const background of backgrounds) {
      engine.setBackground(background);
      for (const format of ['I420', 'RGBA', 'NV12'] as const) {
        for (const [width, height] of [
          [640, 360],
          [320, 180],
        ] as const) {
          await processVideo(await camera(format, width, height));
        }
      }
      for (const frame of opened.splice(0)) frame.close();
    }
  };
  await round();
  const { wasm } = engine.memory();
  for (let count = 0; count < 3; count += 1) await round();
  image.close();
  // The allocator may need another page for an order that it has not seen.
  expect(engine.memory().wasm - wasm).toBeLessThanOrEqual(2 * 640 * 360 * 4);
});

test('wrong options are refused, and the engine keeps working', async () => {
  const wrong: Record<string, unknown>[] = [
    ...[0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, 1e300, '320', {}, [], true].map(
      (side) => ({
        width: side,
        height: 180,
      }),
    ),
    { width: 320, height: 0 },
    { width: 100_000, height: 100_000 },
    { video: 'yes' },
    { video: 1 },
    { reuseMatte: 'no' },
    { mask: new Uint8Array(3) },
    { mask: new Uint8Array(0) },
    { mask: 'everything' },
  ];
  const frame = await camera('I420');
  for (const options of wrong) {
    const name = JSON.stringify(options);
    const result = await engine.process(frame, options).then(
      ({ image, width, height }) => {
        opened.push(image);
        return { width, height };
      },
      (cause: unknown) => cause,
    );
    if (result instanceof Error || (result as { code?: string }).code) {
      expect((result as { code?: string }).code, name).toMatch(/^(option|frame)$/);
    } else {
      // A value that the engine ignores.
      expect(result, name).toEqual({ width: 640, height: 360 });
    }
  }
  for (const options of [null, 7, 'fast', []]) {
    const result = await engine.process(frame, options as never).catch((cause: unknown) => cause);
    expect((result as { code?: string }).code ?? 'none', JSON.stringify(options)).toMatch(/^(option|none)$/);
  }
  for (const [width, height] of [
    [0, 0],
    [-1, 5],
    [Number.NaN, 5],
    [1e9, 1e9],
  ] as const) {
    expect(() => engine.hide(width, height), `${width}x${height}`).toThrow();
  }
  await expectPerson(pixelsOf(await processVideo(await camera('I420'))));
});

test('wrong options of create are refused before an engine starts', async () => {
  for (const options of [{}, { background: null }, { background: { kind: 'blur', radius: -1 } }, 7, null]) {
    await expect(
      createEngine('cpu', model, options as never, undefined),
      JSON.stringify(options),
    ).rejects.toMatchObject({ name: 'CycloramaError' });
  }
  for (const bytes of [new Uint8Array(0), new Uint8Array(100), model.slice(0, 5000)]) {
    await expect(createEngine('cpu', bytes, { background: BLUE }, undefined)).rejects.toMatchObject({
      code: 'model',
    });
  }
  await expectPerson(pixelsOf(await processVideo(await camera('I420'))));
});
