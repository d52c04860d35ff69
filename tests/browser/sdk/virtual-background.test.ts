import { afterEach, expect, test, vi } from 'vitest';
import { CycloramaError, type Effect, type OutputFrame, VirtualBackground } from '../../../ts/src/index.js';
import { type Ledger, loseDevices, openLedger } from './ledger.js';
import { pause, readPixels } from './pixels.js';
import { countMarker, paintScene } from './scene.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;

let ledger: Ledger | undefined;
let background: VirtualBackground | undefined;

afterEach(async () => {
  await background?.destroy();
  ledger?.close();
  background = undefined;
  ledger = undefined;
});

test('frames of every kind come out at their own size', async () => {
  background = await VirtualBackground.create({ effect: BLUE });
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
  background = await VirtualBackground.create({ effect: BLUE });
  const canvas = await paintScene();
  const outputs = await Promise.all([1, 2, 3].map(() => process(canvas)));
  expect(outputs.map(({ outcome }) => outcome)).toEqual(['processed', 'processed', 'processed']);
});

test('effects change while frames flow, and a picture that does not load leaves the old one', async () => {
  background = await VirtualBackground.create({ effect: BLUE });
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
  background = await VirtualBackground.create({ effect: BLUE });
  const canvas = await paintScene();
  const picture = new Blob([await (await fetch(canvas.toDataURL())).arrayBuffer()]);
  const overtaken = background.setEffect({ kind: 'image', source: picture });
  const last = background.setEffect({ kind: 'color', color: '#f00' });
  await expect(overtaken).rejects.toMatchObject({ code: 'superseded' });
  await last;
  expect(leftEdge(await process(canvas))).toEqual([255, 0, 0]);

  const abort = new AbortController();
  const aborted = background.setEffect({ kind: 'image', source: picture }, { signal: abort.signal });
  abort.abort();
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  expect(leftEdge(await process(canvas))).toEqual([255, 0, 0]);
});

test('while another effect than "none" is loading, the camera is hidden', async () => {
  background = await VirtualBackground.create({ effect: { kind: 'none' } });
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
  background = await VirtualBackground.create({ effect: { kind: 'color', color: '#0a5c36' } });
  const effect: { kind: 'blur' | 'none' } = { kind: 'blur' };
  await background.setEffect(effect as Effect);
  effect.kind = 'none';
  await expect(background.setEffect({ kind: 'image', source: '/missing.png' })).rejects.toThrow(
    'missing.png',
  );
  expect((await process(await paintScene())).outcome).toBe('processed');
});

test('the transparent effect leaves an alpha channel', async () => {
  background = await VirtualBackground.create({ effect: { kind: 'transparent' } });
  const canvas = await paintScene();
  const { image, width, height } = await process(canvas);
  const { data } = readPixels(image, width, height);
  expect(data[3]).toBe(0);
  const suit = (Math.round(height * 0.56) * width + Math.round(width * 0.42)) * 4;
  expect(data[suit + 3]).toBe(255);
});

test('networks change while frames flow', async () => {
  background = await VirtualBackground.create({ effect: BLUE });
  const canvas = await paintScene();
  const flow = Promise.all(Array.from({ length: 4 }, () => process(canvas)));
  await background.setModel('selfie_segmentation');
  expect((await flow).every(({ outcome }) => outcome === 'processed')).toBe(true);
  expect((await background.metrics()).model).toMatchObject({ width: 256, height: 256 });
  expect((await process(canvas)).outcome).toBe('processed');
  await expect(background.setModel('segm_full_v679')).rejects.toMatchObject({ code: 'asset' });
});

test('passthrough shows the camera after a failure, because it was asked for', async () => {
  ledger = openLedger();
  background = await VirtualBackground.create({ effect: BLUE, onFailure: 'passthrough', worker: false });
  const canvas = await paintScene();
  await loseDevices(ledger);
  const { outcome, image } = await process(canvas);
  expect(outcome).toBe('raw');
  expect(countMarker(readPixels(image, image.width, image.height))).toBeGreaterThan(1000);
  expect((await background.metrics()).frames).toMatchObject({ failed: 1, raw: 1 });
});

test('after a failure the last good picture stands still where that was asked for', async () => {
  ledger = openLedger();
  background = await VirtualBackground.create({ effect: BLUE, onFailure: 'freeze', worker: false });
  const [before, after] = [await paintScene(), await paintScene(640, 360, 0.5)];
  const last = await process(before);
  const shown = readPixels(last.image, last.width, last.height);
  await loseDevices(ledger);
  const frozen = await process(after);
  expect(frozen.outcome).toBe('frozen');
  expect(readPixels(frozen.image, frozen.width, frozen.height).data).toEqual(shown.data);
  expect((await background.metrics()).frames).toMatchObject({ failed: 1, frozen: 1, raw: 0 });
});

test('a paused background hides frames, and goes on', async () => {
  background = await VirtualBackground.create({ effect: BLUE });
  const canvas = await paintScene();
  await background.pause();
  const paused = await process(canvas);
  expect(paused.outcome).toBe('hidden');
  expect(countMarker(readPixels(paused.image, paused.width, paused.height))).toBe(0);
  await background.resume();
  expect((await process(canvas)).outcome).toBe('processed');
});

test('less is done for a frame when that is chosen, and the choice is told', async () => {
  background = await VirtualBackground.create({ effect: BLUE });
  const told: string[] = [];
  background.addEventListener('quality', ({ detail }) => told.push(detail.kind));
  expect((await background.metrics()).quality).toMatchObject({ framesPerSegmentation: 1, effectScale: 1 });
  await background.setQuality({ framesPerSegmentation: 2, effectScale: 0.5 });
  const output = await process(await paintScene(640, 360));
  expect([output.outcome, output.width, output.height]).toEqual(['processed', 320, 180]);
  expect(told).toEqual(['chosen']);
  expect((await background.metrics()).quality).toMatchObject({ framesPerSegmentation: 2, effectScale: 0.5 });
  await background.setMatting({ refinement: 'none' });
  expect((await background.metrics()).quality).toMatchObject({ refinement: 'none', effectScale: 0.5 });
  await expect(background.setQuality({ effectScale: 2 } as never)).rejects.toMatchObject({ code: 'option' });
});

test('without WebGPU the network runs on the processor and the effects on WebGL2', async () => {
  expect(await VirtualBackground.support()).toEqual({
    backend: 'webgpu',
    tracks: true,
    worker: true,
    missing: [],
  });
  const missing = vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValue(null);
  try {
    expect(await VirtualBackground.support()).toMatchObject({
      backend: 'webgl',
      missing: [expect.stringContaining('adapter')],
    });
    background = await VirtualBackground.create({ effect: BLUE, worker: false });
  } finally {
    missing.mockRestore();
  }
  const output = await process(await paintScene());
  expect(output.outcome).toBe('processed');
  expect(leftEdge(output)).toEqual([32, 64, 192]);
  expect((await background.metrics()).backend).toBe('webgl');
});

test('a worker that ends is replaced, and frames are hidden meanwhile', async () => {
  const workers: Worker[] = [];
  const BrowserWorker = window.Worker;
  window.Worker = class extends BrowserWorker {
    constructor(...args: ConstructorParameters<typeof BrowserWorker>) {
      super(...args);
      workers.push(this);
    }
  };
  try {
    background = await VirtualBackground.create({ effect: BLUE });
    const told: string[] = [];
    background.addEventListener('error', ({ detail }) => told.push(detail.code));
    background.addEventListener('recovered', ({ detail }) => told.push(detail.backend));
    const canvas = await paintScene();
    expect((await process(canvas)).outcome).toBe('processed');
    workers.at(-1)?.terminate();
    while (!told.includes('webgpu')) {
      const { image, outcome, width, height } = await process(canvas);
      expect(countMarker(readPixels(image, width, height))).toBe(0);
      expect(outcome).toBe('hidden');
      await pause(100);
    }
    expect((await process(canvas)).outcome).toBe('processed');
    expect(told).toEqual(['worker', 'webgpu']);
    expect(workers).toHaveLength(2);
  } finally {
    window.Worker = BrowserWorker;
  }
});

test('a frame without a picture is an error of its own', async () => {
  background = await VirtualBackground.create({ effect: BLUE });
  const frame = new VideoFrame(await paintScene(), { timestamp: 0 });
  frame.close();
  await expect(background.processFrame(frame)).rejects.toMatchObject({ code: 'frame' });
  await expect(background.processFrame({} as VideoFrame)).rejects.toMatchObject({ code: 'frame' });
});

test('destroy gives everything back, at any moment and twice', async () => {
  ledger = openLedger();
  const canvas = await paintScene();
  const created = await VirtualBackground.create({ effect: BLUE, worker: false });
  for (let count = 0; count < 5; count += 1) (await created.processFrame(canvas)).image.close();
  const [device] = ledger.devices;
  if (!device) throw new Error('no GPU device was asked for');

  const underWay = created.processFrame(canvas);
  const changing = created.setModel('selfie_segmentation');
  await Promise.all([
    created.destroy(),
    created.destroy(),
    expect(changing).rejects.toBeInstanceOf(CycloramaError),
  ]);
  (await underWay).image.close();
  await expect(device.lost).resolves.toMatchObject({ reason: 'destroyed' });

  const after = await created.processFrame(canvas);
  expect(after.outcome).toBe('hidden');
  expect(countMarker(readPixels(after.image, after.width, after.height))).toBe(0);
  after.image.close();
  await expect(created.setEffect(BLUE)).rejects.toMatchObject({ code: 'destroyed' });
  await expect(created.setModel('selfie_segmentation')).rejects.toMatchObject({ code: 'destroyed' });
  await expect(created.setMatting({ steady: false })).rejects.toMatchObject({ code: 'destroyed' });

  expect(ledger.bitmaps.opened).toBeGreaterThanOrEqual(6);
  expect(ledger.bitmaps.closed).toBe(ledger.bitmaps.opened);
  expect(ledger.frames.closed).toBe(ledger.frames.opened);
});

test('create says what it cannot do, and gives up when told to', async () => {
  await expect(VirtualBackground.create({ model: new ArrayBuffer(8) })).rejects.toMatchObject({
    code: 'model',
  });
  await expect(
    VirtualBackground.create({ model: new URL('/no/model.tflite', location.href) }),
  ).rejects.toMatchObject({ code: 'asset', message: expect.stringContaining('/no/model.tflite') });
  await expect(VirtualBackground.create({ model: 'segm_lite_v681' })).rejects.toMatchObject({
    code: 'asset',
  });
  await expect(VirtualBackground.create({ signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'AbortError',
  });
  const abort = new AbortController();
  const aborted = VirtualBackground.create({ signal: abort.signal });
  await pause();
  abort.abort();
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
});

/** Processes a frame with the test's background; its bitmap goes with the page. */
async function process(canvas: HTMLCanvasElement): Promise<OutputFrame> {
  if (!background) throw new Error('there is no background');
  return background.processFrame(canvas);
}

/** The colour in the middle of the left edge, where no person is. */
function leftEdge({ image, width, height }: OutputFrame): number[] {
  const { data } = readPixels(image, width, height);
  const at = Math.floor(height / 2) * width * 4;
  return [...data.subarray(at, at + 3)];
}
