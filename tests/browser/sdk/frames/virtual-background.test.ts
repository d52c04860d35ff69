import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type Effect, type OutputFrame, VirtualBackground } from '../../../../ts/src/index.js';
import { expectFramesAsDrawn, expectImagesAsDrawn } from '../helpers/drawn.js';
import { readPixels } from '../helpers/pixels.js';
import { countMarker, paintScene } from '../helpers/scene.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;

/** One for all tests, because making one takes seconds on a software adapter. */
let background: VirtualBackground;

beforeAll(async () => {
  // Frames keep their size at any speed of the machine.
  background = await VirtualBackground.create({ backend: 'webgpu', effect: BLUE, quality: 'high' });
});

afterEach(async () => {
  await background.setQuality('high');
  await background.setMatting({ refinement: 'guided', temporalSmoothing: true });
  await background.setEffect(BLUE);
});

afterAll(() => background.destroy());

test('frames of every kind come out at their own size', async () => {
  const canvas = await paintScene(320, 180);
  const bitmap = await createImageBitmap(canvas);
  const frame = new VideoFrame(canvas, { timestamp: 0 });
  const offscreen = new OffscreenCanvas(320, 180);
  offscreen.getContext('2d')?.drawImage(canvas, 0, 0);
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = canvas.captureStream(10);
  await video.play();
  try {
    for (const source of [canvas, bitmap, frame, offscreen, video]) {
      const output = await background.processFrame(source);
      expect(output.outcome, source.constructor.name).toBe('processed');
      expect([output.width, output.height]).toEqual([320, 180]);
      expect([output.image.width, output.image.height]).toEqual([320, 180]);
      expect(leftEdge(output)).toEqual([32, 64, 192]);
    }
    // The frame still belongs to the caller.
    expect(frame.codedWidth).toBe(320);
  } finally {
    bitmap.close();
    frame.close();
    for (const track of (video.srcObject as MediaStream).getTracks()) track.stop();
  }
});

test('overlapping calls run one after the other', async () => {
  const canvas = await paintScene();
  const outputs = await Promise.all([1, 2, 3].map(() => process(canvas)));
  expect(outputs.map(({ outcome }) => outcome)).toEqual(['processed', 'processed', 'processed']);
});

test('effects change while frames flow, and an image that does not load leaves the old one', async () => {
  const canvas = await paintScene();
  const flow = Promise.all(Array.from({ length: 6 }, () => process(canvas)));
  await background.setEffect({ kind: 'color', color: '#0f0' });
  expect((await flow).every(({ outcome }) => outcome === 'processed')).toBe(true);
  expect(leftEdge(await process(canvas))).toEqual([0, 255, 0]);

  await expect(
    background.setEffect({ kind: 'image', source: '/there-is-nothing.jpg' }),
  ).rejects.toMatchObject({
    code: 'asset',
    message: expect.stringContaining('/there-is-nothing.jpg'),
  });
  const text = new Blob(['not an image'], { type: 'image/png' });
  await expect(background.setEffect({ kind: 'image', source: text })).rejects.toMatchObject({
    code: 'effect',
  });
  expect(leftEdge(await process(canvas))).toEqual([0, 255, 0]);
});

test('a later effect replaces one that is loading, and an aborted one changes nothing', async () => {
  const canvas = await paintScene();
  const image = new Blob([await (await fetch(canvas.toDataURL())).arrayBuffer()]);
  const overtaken = background.setEffect({ kind: 'image', source: image });
  const last = background.setEffect({ kind: 'color', color: '#f00' });
  expect(await Promise.all([overtaken, last])).toEqual([false, true]);
  expect(leftEdge(await process(canvas))).toEqual([255, 0, 0]);

  const abort = new AbortController();
  const aborted = background.setEffect({ kind: 'image', source: image }, { signal: abort.signal });
  abort.abort();
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  expect(leftEdge(await process(canvas))).toEqual([255, 0, 0]);
});

test('the camera is hidden while an effect loads after the effect none', async () => {
  await background.setEffect({ kind: 'none' });
  const canvas = await paintScene();
  expect((await process(canvas)).outcome).toBe('raw');
  let serve = (_: Response) => {};
  const fetching = vi.spyOn(window, 'fetch').mockImplementation(
    () =>
      new Promise((resolve) => {
        serve = resolve;
      }),
  );
  try {
    const change = background.setEffect({ kind: 'image', source: 'https://example.invalid/slow.png' });
    const hidden = await process(canvas);
    expect(hidden.outcome).toBe('hidden');
    expect(countMarker(readPixels(hidden.image, hidden.width, hidden.height))).toBe(0);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
    serve(new Response(blob));
    await change;
  } finally {
    fetching.mockRestore();
  }
  expect((await process(canvas)).outcome).toBe('processed');
});

test('an effect keeps its values if its object changes later', async () => {
  await background.setEffect({ kind: 'color', color: '#0a5c36' });
  const effect: { kind: 'blur' | 'none' } = { kind: 'blur' };
  await background.setEffect(effect as Effect);
  effect.kind = 'none';
  await expect(background.setEffect({ kind: 'image', source: '/missing.png' })).rejects.toThrow(
    'missing.png',
  );
  expect((await process(await paintScene())).outcome).toBe('processed');
});

test('the transparent effect leaves an alpha channel', async () => {
  await background.setEffect({ kind: 'transparent' });
  const canvas = await paintScene();
  const { image, width, height } = await process(canvas);
  const { data } = readPixels(image, width, height);
  expect(data[3]).toBe(0);
  const suit = (Math.round(height * 0.56) * width + Math.round(width * 0.42)) * 4;
  expect(data[suit + 3]).toBe(255);
});

test('a paused background hides frames, and continues after resume()', async () => {
  const canvas = await paintScene();
  await background.pause();
  const paused = await process(canvas);
  expect(paused.outcome).toBe('hidden');
  expect(countMarker(readPixels(paused.image, paused.width, paused.height))).toBe(0);
  await background.resume();
  expect((await process(canvas)).outcome).toBe('processed');
});

test('a lower quality does less per frame, and fires an event', async () => {
  const events: string[] = [];
  background.addEventListener('quality', ({ detail }) => events.push(detail.kind));
  expect((await background.metrics()).quality).toMatchObject({ framesPerSegmentation: 1, outputScale: 1 });
  await background.setQuality({ framesPerSegmentation: 2, outputScale: 0.5 });
  const output = await process(await paintScene(640, 360));
  expect([output.outcome, output.width, output.height]).toEqual(['processed', 320, 180]);
  expect(events).toEqual(['chosen']);
  expect((await background.metrics()).quality).toMatchObject({ framesPerSegmentation: 2, outputScale: 0.5 });
  await background.setMatting({ refinement: 'none' });
  expect((await background.metrics()).quality).toMatchObject({ refinement: 'none', outputScale: 0.5 });
  await expect(background.setQuality({ outputScale: 2 } as never)).rejects.toMatchObject({ code: 'option' });
});

test('a frame without an image is an error of its own', async () => {
  const frame = new VideoFrame(await paintScene(), { timestamp: 0 });
  frame.close();
  await expect(background.processFrame(frame)).rejects.toMatchObject({ code: 'frame' });
  await expect(background.processFrame({} as VideoFrame)).rejects.toMatchObject({ code: 'frame' });
});

test('frames and images look as they are drawn', async () => {
  await background.setMatting({ temporalSmoothing: false });
  await expectFramesAsDrawn(background);
  await expectImagesAsDrawn(background);
});

// The last test, because the next one would wait for the first model again.
test('models change while frames flow', async () => {
  const canvas = await paintScene();
  const flow = Promise.all(Array.from({ length: 4 }, () => process(canvas)));
  await background.setModel('selfie_segmentation');
  expect((await flow).every(({ outcome }) => outcome === 'processed')).toBe(true);
  expect((await background.metrics()).model).toMatchObject({ width: 256, height: 256 });
  expect((await process(canvas)).outcome).toBe('processed');
  await expect(background.setModel('segm_full_v679')).rejects.toMatchObject({ code: 'asset' });
});

/** Processes a frame. Its bitmap is released with the page. */
function process(canvas: HTMLCanvasElement): Promise<OutputFrame> {
  return background.processFrame(canvas);
}

/** The color in the middle of the left edge, where no person is. */
function leftEdge({ image, width, height }: OutputFrame): number[] {
  const { data } = readPixels(image, width, height);
  const at = Math.floor(height / 2) * width * 4;
  return [...data.subarray(at, at + 3)];
}
