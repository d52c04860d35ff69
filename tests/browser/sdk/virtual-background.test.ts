import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type Effect, type OutputFrame, VirtualBackground } from '../../../ts/src/index.js';
import { expectFramesAsDrawn, expectPicturesAsDrawn } from './drawn.js';
import { readPixels } from './pixels.js';
import { countMarker, paintScene } from './scene.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;

/** One for all tests, as making one takes seconds on a software adapter. */
let background: VirtualBackground;

beforeAll(async () => {
  // Whatever the machine's speed, frames keep their size.
  background = await VirtualBackground.create({ effect: BLUE, quality: 'high' });
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
    // The frame is still the caller's.
    expect(frame.codedWidth).toBe(320);
  } finally {
    bitmap.close();
    frame.close();
    for (const track of (video.srcObject as MediaStream).getTracks()) track.stop();
  }
});

test('calls that overlap are done one after the other', async () => {
  const canvas = await paintScene();
  const outputs = await Promise.all([1, 2, 3].map(() => process(canvas)));
  expect(outputs.map(({ outcome }) => outcome)).toEqual(['processed', 'processed', 'processed']);
});

test('effects change while frames flow, and a picture that does not load leaves the old one', async () => {
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
  const text = new Blob(['not a picture'], { type: 'image/png' });
  await expect(background.setEffect({ kind: 'image', source: text })).rejects.toMatchObject({
    code: 'effect',
  });
  expect(leftEdge(await process(canvas))).toEqual([0, 255, 0]);
});

test('a later effect replaces one that is loading, and an aborted one changes nothing', async () => {
  const canvas = await paintScene();
  const picture = new Blob([await (await fetch(canvas.toDataURL())).arrayBuffer()]);
  const overtaken = background.setEffect({ kind: 'image', source: picture });
  const last = background.setEffect({ kind: 'color', color: '#f00' });
  expect(await Promise.all([overtaken, last])).toEqual([false, true]);
  expect(leftEdge(await process(canvas))).toEqual([255, 0, 0]);

  const abort = new AbortController();
  const aborted = background.setEffect({ kind: 'image', source: picture }, { signal: abort.signal });
  abort.abort();
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  expect(leftEdge(await process(canvas))).toEqual([255, 0, 0]);
});

test('while another effect than "none" is loading, the camera is hidden', async () => {
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

test('an effect stays as it was set, whatever becomes of the object that said it', async () => {
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

test('a paused background hides frames, and goes on', async () => {
  const canvas = await paintScene();
  await background.pause();
  const paused = await process(canvas);
  expect(paused.outcome).toBe('hidden');
  expect(countMarker(readPixels(paused.image, paused.width, paused.height))).toBe(0);
  await background.resume();
  expect((await process(canvas)).outcome).toBe('processed');
});

test('less is done for a frame when that is chosen, and the choice is told', async () => {
  const told: string[] = [];
  background.addEventListener('quality', ({ detail }) => told.push(detail.kind));
  expect((await background.metrics()).quality).toMatchObject({ framesPerSegmentation: 1, outputScale: 1 });
  await background.setQuality({ framesPerSegmentation: 2, outputScale: 0.5 });
  const output = await process(await paintScene(640, 360));
  expect([output.outcome, output.width, output.height]).toEqual(['processed', 320, 180]);
  expect(told).toEqual(['chosen']);
  expect((await background.metrics()).quality).toMatchObject({ framesPerSegmentation: 2, outputScale: 0.5 });
  await background.setMatting({ refinement: 'none' });
  expect((await background.metrics()).quality).toMatchObject({ refinement: 'none', outputScale: 0.5 });
  await expect(background.setQuality({ outputScale: 2 } as never)).rejects.toMatchObject({ code: 'option' });
});

test('a frame without a picture is an error of its own', async () => {
  const frame = new VideoFrame(await paintScene(), { timestamp: 0 });
  frame.close();
  await expect(background.processFrame(frame)).rejects.toMatchObject({ code: 'frame' });
  await expect(background.processFrame({} as VideoFrame)).rejects.toMatchObject({ code: 'frame' });
});

test('frames and pictures look as they are drawn', async () => {
  await background.setMatting({ temporalSmoothing: false });
  await expectFramesAsDrawn(background);
  await expectPicturesAsDrawn(background);
});

// The last one, as the next would have to wait for the first model again.
test('networks change while frames flow', async () => {
  const canvas = await paintScene();
  const flow = Promise.all(Array.from({ length: 4 }, () => process(canvas)));
  await background.setModel('selfie_segmentation');
  expect((await flow).every(({ outcome }) => outcome === 'processed')).toBe(true);
  expect((await background.metrics()).model).toMatchObject({ width: 256, height: 256 });
  expect((await process(canvas)).outcome).toBe('processed');
  await expect(background.setModel('segm_full_v679')).rejects.toMatchObject({ code: 'asset' });
});

/** Processes a frame; its bitmap goes with the page. */
function process(canvas: HTMLCanvasElement): Promise<OutputFrame> {
  return background.processFrame(canvas);
}

/** The colour in the middle of the left edge, where no person is. */
function leftEdge({ image, width, height }: OutputFrame): number[] {
  const { data } = readPixels(image, width, height);
  const at = Math.floor(height / 2) * width * 4;
  return [...data.subarray(at, at + 3)];
}
