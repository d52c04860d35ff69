/** Changes in every order: the last requested change is the one in effect, and no resource is left open. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import clipUrl from '../../../../demo-chime/public/clip.webm?url';
import {
  type BackgroundChange,
  type Effect,
  VirtualBackground,
  type VirtualBackgroundOptions,
} from '../../../../ts/src/index.js';
import { countWorkers, openCamera } from '../helpers/camera.js';
import { pause, readPixels } from '../helpers/pixels.js';
import { countResources, type ResourceCounter } from '../helpers/resource-counter.js';
import { countMarker, paintScene } from '../helpers/scene.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;
const GREEN = { kind: 'color', color: '#0a5c36' } as const;
const NOWHERE = { kind: 'image', source: '/no-such-file.png' } as const;

let background: VirtualBackground | undefined;
let resources: ResourceCounter | undefined;
let cameras: MediaStreamTrack[] = [];

afterEach(async () => {
  await background?.destroy();
  resources?.close();
  for (const camera of cameras) camera.stop();
  [background, resources, cameras] = [undefined, undefined, []];
  vi.restoreAllMocks();
});

async function useCamera(): Promise<MediaStreamTrack> {
  const camera = await openCamera();
  cameras.push(camera);
  return camera;
}

/** Processes a frame. Returns its outcome and the color of its left edge, where no person is. */
async function show(shown: VirtualBackground) {
  const { image, outcome, width, height } = await shown.processFrame(await paintScene(320, 180));
  const pixels = readPixels(image, width, height);
  image.close();
  const at = Math.floor(height / 2) * width * 4;
  return {
    outcome,
    edge: [...pixels.data.subarray(at, at + 3)],
    seesCamera: countMarker(pixels) > 1000,
  };
}

describe.each(['webgl', 'cpu'] as const)('on %s', (backend) => {
  async function open(options: VirtualBackgroundOptions = {}): Promise<VirtualBackground> {
    background = await VirtualBackground.create({
      backend,
      worker: false,
      effect: BLUE,
      quality: 'high',
      ...options,
    });
    return background;
  }

  test('several options change together, or none does', async () => {
    const changed = await open();
    const change = { effect: GREEN, quality: { framesPerSegmentation: 2 }, refinement: 'none' } as const;
    expect(await changed.update(change)).toBe(true);
    expect(changed.effect).toEqual(GREEN);
    expect(await show(changed)).toMatchObject({ outcome: 'processed', edge: [10, 92, 54] });
    const quality = { framesPerSegmentation: 2, refinement: 'none' };
    expect((await changed.metrics()).quality).toMatchObject(quality);

    const failing: [BackgroundChange, string][] = [
      [{ effect: NOWHERE, quality: 'high', refinement: 'guided' }, 'asset'],
      [{ effect: BLUE, quality: 'high', model: new ArrayBuffer(1000) }, 'model'],
      [{ effect: BLUE, quality: 'high', refinement: 'no such' as never }, 'option'],
      [{ effect: { kind: 'color', color: 'no color' }, quality: 'high' }, 'option'],
    ];
    for (const [change, code] of failing) {
      await expect(changed.update(change)).rejects.toMatchObject({ name: 'CycloramaError', code });
      expect(changed.effect).toEqual(GREEN);
      expect(changed.quality).toEqual({ framesPerSegmentation: 2 });
      expect((await changed.metrics()).quality).toMatchObject(quality);
      expect((await show(changed)).edge).toEqual([10, 92, 54]);
    }
  });

  test('concurrent setters lose no change', async () => {
    const changed = await open();
    const made = await Promise.all([
      changed.setMatting({ temporalSmoothing: false }),
      changed.setMatting({ refinement: 'bilateral' }),
      changed.setQuality({ framesPerSegmentation: 3 }),
      changed.setModel('general'),
      changed.setEffect(GREEN),
    ]);
    expect(made).toEqual([true, true, true, true, true]);
    const { effect, quality, model, paused, destroyed } = changed;
    expect({ effect, quality, model, backend: changed.backend, paused, destroyed }).toEqual({
      effect: GREEN,
      quality: { framesPerSegmentation: 3 },
      model: 'selfie_segmentation',
      backend,
      paused: false,
      destroyed: false,
    });
    expect((await changed.metrics()).quality).toMatchObject({
      refinement: 'bilateral',
      framesPerSegmentation: 3,
    });
    expect((await show(changed)).edge).toEqual([10, 92, 54]);
  });

  test('a slider needs no catch: each change resolves, and the last one is shown', async () => {
    const changed = await open();
    const effects = Array.from({ length: 40 }, (_, step) => ({ kind: 'blur', strength: step + 1 }) as const);
    const slid = effects.map((effect) => changed.setEffect(effect));
    const last = changed.setEffect(GREEN);
    const results = await Promise.all([...slid, last]);
    expect(results.every((result) => typeof result === 'boolean')).toBe(true);
    expect(results.at(-1)).toBe(true);
    expect((await show(changed)).edge).toEqual([10, 92, 54]);
  });

  test('after the effect none, a failed change shows no camera until another effect or none is set', async () => {
    const changed = await open();
    const refused: [string, (change: VirtualBackground) => Promise<unknown>][] = [
      ['an image that does not exist', (change) => change.setEffect(NOWHERE)],
      ['a wrong option', (change) => change.setEffect({ kind: 'color', color: 'no color' })],
      ['no effect at all', (change) => change.setEffect(null as unknown as Effect)],
      ['an aborted change', (change) => change.setEffect({ kind: 'blur' }, { signal: AbortSignal.abort() })],
      ['several options', (change) => change.update({ effect: { kind: 'blur' }, model: new ArrayBuffer(8) })],
    ];
    for (const [what, change] of refused) {
      await changed.setEffect({ kind: 'none' });
      expect(await show(changed), what).toMatchObject({ outcome: 'raw', seesCamera: true });
      await expect(change(changed), what).rejects.toBeDefined();
      expect(await show(changed), what).toMatchObject({ outcome: 'hidden', seesCamera: false });
    }
    // Changes of other options do not show hidden frames.
    await changed.setMatting({ temporalSmoothing: false });
    expect((await show(changed)).outcome).toBe('hidden');
    await changed.setEffect({ kind: 'none' });
    expect((await show(changed)).outcome).toBe('raw');
    await expect(changed.setModel(new ArrayBuffer(8))).rejects.toMatchObject({ code: 'model' });
    expect((await show(changed)).outcome, 'no change of the effect').toBe('raw');
    await changed.setEffect(GREEN);
    expect(await show(changed)).toMatchObject({ outcome: 'processed', edge: [10, 92, 54] });
  });

  test('destroy at any moment of a change releases everything', async () => {
    const elements = watchVideos();
    const image = await (await fetch((await paintScene(64, 64)).toDataURL())).blob();
    resources = countResources();
    const { bitmaps, frames } = resources;
    for (const milliseconds of [undefined, 0, 15, 60]) {
      const created = await open();
      const changes = [
        created.setEffect({ kind: 'video', source: clipUrl }),
        created.update({ effect: { kind: 'image', source: image }, model: 'general' }),
        created.setEffect({ kind: 'video', source: clipUrl }),
      ].map((change) => change.catch((cause: unknown) => cause));
      if (milliseconds !== undefined) await pause(milliseconds);
      await created.destroy();
      for (const came of await Promise.all(changes)) {
        if (typeof came !== 'boolean') expect(came).toMatchObject({ code: 'destroyed' });
      }
      expect(created.destroyed).toBe(true);
      const playing = elements.filter((element) => element.hasAttribute('src') || !element.paused);
      expect(playing, `after ${milliseconds} ms`).toEqual([]);
    }
    // An image whose decoding was aborted is closed when it arrives.
    await vi.waitFor(() => expect(bitmaps.closed).toBe(bitmaps.opened));
    await vi.waitFor(() => expect(frames.closed).toBe(frames.opened));
  });

  test('every wait is abortable, and an aborted call changes nothing', async () => {
    const changed = await open();
    // Requests are never answered. Each ends with its signal.
    vi.spyOn(window, 'fetch').mockImplementation(
      (_, init) =>
        new Promise((_, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
        }),
    );
    const camera = await useCamera();
    const never = new Promise<void>(() => {});
    const decode = vi.spyOn(HTMLImageElement.prototype, 'decode').mockReturnValue(never);
    const calls: [string, (signal: AbortSignal) => Promise<unknown>][] = [
      ['setEffect', (signal) => changed.setEffect({ kind: 'image', source: '/slow.png' }, { signal })],
      ['setEffect', (signal) => changed.setEffect({ kind: 'image', source: new Image() }, { signal })],
      ['setEffect', (signal) => changed.setEffect({ kind: 'video', source: silentTrack() }, { signal })],
      ['setModel', (signal) => changed.setModel(new URL('/slow.tflite', location.href), { signal })],
      ['update', (signal) => changed.update({ effect: GREEN, model: 'general' }, { signal })],
      ['process', (signal) => changed.processTrack(camera, { signal })],
    ];
    for (const [name, call] of calls) {
      const abort = new AbortController();
      const pending = call(abort.signal);
      if (name === 'process') abort.abort('no longer needed');
      else setTimeout(() => abort.abort('no longer needed'), 20);
      await expect(pending, name).rejects.toBe('no longer needed');
      await expect(call(AbortSignal.abort('too late')), name).rejects.toBe('too late');
    }
    decode.mockRestore();
    vi.restoreAllMocks();
    expect(changed.effect).toEqual(BLUE);
    expect(await show(changed)).toMatchObject({ outcome: 'processed', edge: [32, 64, 192] });
  });

  test('the error names the ended camera of two concurrent ones', async () => {
    const changed = await open();
    const [first, second] = [await useCamera(), await useCamera()];
    const ended = changed.processTrack(first);
    const taken = changed.processTrack(second);
    first.stop();
    await expect(ended).rejects.toMatchObject({ code: 'option', message: expect.stringContaining('ended') });
    expect((await taken).readyState).toBe('live');
  });

  test('a background supports explicit resource management', async () => {
    const workers = countWorkers();
    try {
      const created = await open({ worker: true });
      await created[Symbol.asyncDispose]();
      expect([created.destroyed, workers.alive]).toEqual([true, 0]);
      await expect(created.update({ effect: GREEN })).rejects.toMatchObject({ code: 'destroyed' });
    } finally {
      workers.close();
    }
  });

  test.each([1, 2, 3])('calls in a random order end in the last requested state (seed %d)', async (seed) => {
    const changed = await open({ worker: seed > 1 });
    const random = randomNumbers(seed);
    const image = await (await fetch((await paintScene(64, 64)).toDataURL())).blob();
    const calls: (() => Promise<unknown>)[] = [
      () => changed.setEffect(BLUE),
      // Wide enough to remove the marker.
      () => changed.setEffect({ kind: 'blur', strength: 128 }),
      () => changed.setEffect({ kind: 'image', source: image }),
      () => changed.setEffect({ kind: 'video', source: clipUrl }),
      () => changed.setEffect(NOWHERE).catch(() => {}),
      () => changed.setEffect({ kind: 'transparent' }),
      () => changed.update({ effect: GREEN, quality: 'auto', temporalSmoothing: false }),
      () => changed.setEffect(GREEN, { signal: AbortSignal.timeout(1) }).catch(() => {}),
      () => changed.setQuality('balanced'),
      () => changed.setMatting({ refinement: 'none' }),
      () => changed.setModel('landscape'),
      () => changed.pause(),
      () => changed.resume(),
      () => show(changed).then(({ seesCamera }) => expect(seesCamera).toBe(false)),
      () => pause(20),
    ];
    const made: Promise<unknown>[] = [];
    for (let count = 0; count < 40; count += 1) {
      const call = calls[Math.floor(random() * calls.length)]?.();
      made.push(call ?? Promise.resolve());
      if (random() < 0.3) await call;
    }
    made.push(changed.resume(), changed.update({ effect: GREEN, quality: 'high', refinement: 'guided' }));
    await Promise.all(made);
    expect(await show(changed)).toMatchObject({ outcome: 'processed', edge: [10, 92, 54] });
    expect(changed.effect).toEqual(GREEN);
    expect((await changed.metrics()).quality).toMatchObject({ refinement: 'guided', outputScale: 1 });
  });
});

/** Numbers from 0 to 1, the same for the same seed (Mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A track that never has a frame. */
function silentTrack(): MediaStreamTrack {
  const [track] = document.createElement('canvas').captureStream(0).getVideoTracks();
  if (!track) throw new Error('the canvas gave no track');
  return track;
}

/** Collects the videos that are created from now on. */
function watchVideos(): HTMLVideoElement[] {
  const made: HTMLVideoElement[] = [];
  const { createElement } = Document.prototype;
  vi.spyOn(document, 'createElement').mockImplementation((...args: Parameters<typeof createElement>) => {
    const element = createElement.apply(document, args);
    if (element instanceof HTMLVideoElement) made.push(element);
    return element;
  });
  return made;
}
