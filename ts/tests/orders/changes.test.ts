import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Effect, OutputFrame, VirtualBackground, VirtualBackgroundOptions } from '../../src/index.js';
import { type FakeBitmap, FakeFrame, FakeTrack } from './fakes.js';
import { loadSubject } from './subject.js';
import { InOrder, World } from './world.js';

const BLUR: Effect = { kind: 'blur', strength: 1 };
const IMAGE: Effect = { kind: 'image', source: 'image 1' };
const VIDEO: Effect = { kind: 'video', source: 'video 1' };
const NONE: Effect = { kind: 'none' };

let world: World;
let subject: Awaited<ReturnType<typeof loadSubject>>;

beforeEach(async () => {
  subject = await loadSubject();
  world = new World(new InOrder());
});

afterEach(() => world.close());

async function create(options: VirtualBackgroundOptions = {}): Promise<VirtualBackground> {
  return drained(subject.VirtualBackground.create({ effect: BLUR, quality: 'high', ...options }));
}

/** Finishes all pending operations, and returns the result of a call. */
async function drained<Result>(work: Promise<Result>): Promise<Result> {
  work.catch(() => {});
  await world.drain();
  return work;
}

/** Processes a frame, by default of a stream at 30 frames per second, and returns its content. */
async function shows(background: VirtualBackground, options: { frameRate?: number } = { frameRate: 30 }) {
  return shownBy(await drained(submit(background, options)));
}

async function submit(background: VirtualBackground, options: { frameRate?: number }): Promise<OutputFrame> {
  const frame = new FakeFrame('camera');
  try {
    return await background.processFrame(frame as unknown as VideoFrame, options);
  } finally {
    frame.close();
  }
}

function shownBy({ image }: OutputFrame): string {
  const { shows } = image as unknown as FakeBitmap;
  image.close();
  return shows;
}

const camera = () => new FakeTrack() as unknown as MediaStreamTrack;

describe.each([true, false])('with worker: %s', (worker) => {
  test('the last of forty calls of a slider takes effect, and the others resolve with false', async () => {
    const background = await create({ worker });
    const strengths = Array.from({ length: 40 }, (_, index) => index + 2);
    const calls = strengths.map((strength) => background.setEffect({ kind: 'blur', strength }));
    const results = await drained(Promise.all(calls));
    expect(results).toEqual([...Array<boolean>(39).fill(false), true]);
    expect(background.effect).toEqual({ kind: 'blur', strength: 41 });
    expect(await shows(background)).toBe('person before blur 41');
  });

  test('setters of different options in one tick all take effect', async () => {
    const background = await create({ worker, quality: 'auto' });
    const calls = [
      background.setMatting({ temporalSmoothing: false }),
      background.setMatting({ refinement: 'none' }),
      background.setQuality('balanced'),
      background.setEffect(IMAGE),
      background.setModel('selfie_segmentation'),
    ];
    expect(await drained(Promise.all(calls))).toEqual([true, true, true, true, true]);
    const [engine] = [...world.engines.keys()];
    expect(JSON.parse(engine?.matting ?? '')).toEqual({ refinement: 'none', temporalSmoothing: false });
    expect(background).toMatchObject({ quality: 'balanced', model: 'selfie_segmentation', effect: IMAGE });
    const { quality } = await drained(background.metrics());
    expect(quality).toMatchObject({ framesPerSegmentation: 2, outputScale: 0.75, refinement: 'none' });
  });

  test('`update` changes nothing when one of its options fails', async () => {
    const background = await create({ worker });
    world.arm('setBackground');
    const change = {
      effect: IMAGE,
      model: 'selfie_segmentation',
      quality: 'low',
      temporalSmoothing: false,
    } as const;
    await expect(drained(background.update(change))).rejects.toMatchObject({ code: 'effect' });
    expect(background).toMatchObject({
      effect: BLUR,
      quality: 'high',
      model: 'selfie_segmentation_landscape',
    });
    const [engine] = [...world.engines.keys()];
    expect(engine).toMatchObject({ background: 'blur 1' });
    expect(JSON.parse(engine?.matting ?? '')).toEqual({ refinement: 'guided', temporalSmoothing: true });
    expect(await shows(background)).toBe('person before blur 1');
    expect(await drained(background.update(change))).toBe(true);
    expect(await shows(background)).toBe('person before image 1');
  });

  test('a change superseded by one of the same option takes no effect at all', async () => {
    const background = await create({ worker });
    const both = background.update({ effect: IMAGE, temporalSmoothing: false });
    const later = background.setEffect(VIDEO);
    expect(await drained(Promise.all([both, later]))).toEqual([false, true]);
    expect(background.effect).toEqual(VIDEO);
    expect(JSON.parse([...world.engines.keys()][0]?.matting ?? '').temporalSmoothing).toBe(true);
  });

  test('`update` of the model or refinement replaces that of the quality', async () => {
    const background = await create({
      worker,
      quality: { model: 'selfie_segmentation', refinement: 'none' },
    });
    expect(background.model).toBe('selfie_segmentation');
    await drained(background.update({ model: 'selfie_segmentation_landscape', refinement: 'bilateral' }));
    expect(background).toMatchObject({ model: 'selfie_segmentation_landscape', quality: {} });
    expect(JSON.parse([...world.engines.keys()][0]?.matting ?? '').refinement).toBe('bilateral');
  });

  test('after `none`, an effect that fails, is aborted or is rejected hides the camera until `none` is set again', async () => {
    const background = await create({ worker, effect: NONE });
    const hides = async (change: Promise<unknown>) => {
      await drained(change).catch(() => {});
      expect(await shows(background)).toBe('hidden');
      await drained(background.setEffect(NONE));
      expect(await shows(background)).toBe('camera');
    };
    world.arm('effect');
    await hides(background.setEffect(IMAGE));
    await hides(background.setEffect(IMAGE, { signal: AbortSignal.abort() }));
    await hides(background.setEffect({ kind: 'halo' } as unknown as Effect));
    await hides(background.setEffect(null as unknown as Effect));
    await hides(background.update({ effect: IMAGE, quality: 'best' as 'high' }));
    world.arm('model');
    await hides(background.update({ effect: IMAGE, model: 'selfie_segmentation' }));
    world.arm('setBackground');
    await hides(background.setEffect(VIDEO));
    // A failed change of another option does not hide the camera.
    await expect(drained(background.setQuality('best' as 'high'))).rejects.toMatchObject({ code: 'option' });
    expect(await shows(background)).toBe('camera');
  });

  test('an aborted change rejects with the reason of its signal, and changes nothing', async () => {
    const background = await create({ worker });
    const abort = new AbortController();
    const calls = [
      background.setEffect(IMAGE, { signal: abort.signal }),
      background.setModel('selfie_segmentation', { signal: abort.signal }),
    ];
    for (const call of calls) call.catch(() => {});
    abort.abort(new Error('enough'));
    for (const call of calls) await expect(drained(call)).rejects.toThrow('enough');
    expect(background).toMatchObject({ effect: BLUR, model: 'selfie_segmentation_landscape' });
    expect(await shows(background)).toBe('person before blur 1');
  });

  test('a frozen frame is of the same stream and background, and not from before a pause', async () => {
    const background = await create({ worker, onFailure: 'freeze' });
    const fails = async (options: { frameRate?: number }) => {
      world.arm('gpu');
      return shows(background, options);
    };
    const stream = { frameRate: 30 };
    expect(await shows(background, stream)).toBe('person before blur 1');
    expect(await fails(stream)).toBe('person before blur 1');
    // Frames without a frame rate belong to no stream.
    expect(await shows(background, {})).toBe('person before blur 1');
    expect(await fails({})).toBe('hidden');
    expect(await fails(stream)).toBe('hidden');
    await shows(background, stream);
    await drained(background.setEffect(IMAGE));
    expect(await fails(stream)).toBe('hidden');
    await shows(background, stream);
    await drained(background.pause());
    await drained(background.resume());
    expect(await fails(stream)).toBe('hidden');
  });

  test('a failed instantiation of the wasm module is retried, and frames are processed again', async () => {
    const background = await create({ worker });
    const events: string[] = [];
    background.addEventListener('error', ({ detail }) => events.push(detail.code));
    background.addEventListener('recovered', () => events.push('recovered'));
    world.arm('wasm-crash');
    world.arm('replaceInstance');
    expect(await shows(background)).toBe('hidden');
    expect(await shows(background)).toBe('person before blur 1');
    expect(events).toEqual(['internal', 'recovered']);
  });

  test('a change during the creation of a new engine takes effect on it', async () => {
    const background = await create({ worker });
    world.arm('device-lost');
    expect(await shows(background)).toBe('hidden');
    world.arm('device-lost');
    const frame = submit(background, {});
    // The engine is lost, and a new one is being created.
    for (let step = 0; step < 3; step += 1) await world.step();
    expect(await drained(background.setEffect(IMAGE))).toBe(true);
    (await frame).image.close();
    expect(await shows(background)).toBe('person before image 1');
  });

  test('the last of `pause` and `resume` takes effect, and a new worker restores it', async () => {
    const background = await create({ worker });
    const calls = [background.pause(), background.resume(), background.pause()];
    expect(background.paused).toBe(true);
    world.workers.at(-1)?.lose();
    await drained(Promise.all(calls));
    expect(await shows(background)).toBe('hidden');
    await drained(background.resume());
    expect(background.paused).toBe(false);
    expect(await shows(background)).toBe('person before blur 1');
  });

  test('after `destroy`, `destroyed` is true and all calls reject', async () => {
    const background = await create({ worker });
    const setting = background.setEffect(VIDEO);
    setting.catch(() => {});
    expect(background.destroyed).toBe(false);
    await drained(background.destroy());
    expect(background.destroyed).toBe(true);
    await expect(setting).rejects.toMatchObject({ code: 'destroyed' });
    const calls: (() => Promise<unknown>)[] = [
      () => background.setEffect(BLUR),
      () => background.update({}),
      () => background.pause(),
      () => background.processTrack(camera()),
    ];
    for (const call of calls) await expect(drained(call())).rejects.toMatchObject({ code: 'destroyed' });
    expect(background).toMatchObject({ effect: BLUR, quality: 'high', backend: 'webgl' });
    expect([...world.open.keys()]).toEqual([]);
  });

  test.each<[string, (background: VirtualBackground) => Promise<unknown>]>([
    [
      'processFrame',
      (background: VirtualBackground) =>
        background.processFrame(new FakeFrame('camera') as never, null as never),
    ],
    ['processTrack', (background: VirtualBackground) => background.processTrack(camera(), null as never)],
    [
      'processTrack without a track',
      (background: VirtualBackground) => background.processTrack(undefined as never),
    ],
    ['update', (background: VirtualBackground) => background.update(null as never)],
    ['update, its options', (background: VirtualBackground) => background.update({}, null as never)],
    ['setEffect', (background: VirtualBackground) => background.setEffect(undefined as never)],
    ['setEffect, its options', (background: VirtualBackground) => background.setEffect(BLUR, null as never)],
    ['setModel', (background: VirtualBackground) => background.setModel(null as never)],
    ['setQuality', (background: VirtualBackground) => background.setQuality(undefined as never)],
    ['setMatting', (background: VirtualBackground) => background.setMatting(null as never)],
    ['pause', (background: VirtualBackground) => background.pause(null as never)],
    ['a signal', (background: VirtualBackground) => background.resume({ signal: 'now' as never })],
  ])('a wrong argument of %s rejects with an option error', async (_, call) => {
    const background = await create({ worker });
    await expect(drained(call(background))).rejects.toMatchObject({ code: 'option' });
    expect(await shows(background)).toBe('person before blur 1');
  });
});

test('a change that loses its worker takes effect on the next one', async () => {
  const background = await create();
  const changing = background.update({ effect: IMAGE, temporalSmoothing: false });
  for (let step = 0; step < 2; step += 1) await world.step();
  world.workers.at(-1)?.lose();
  expect(await drained(changing)).toBe(true);
  expect(await shows(background)).toBe('person before image 1');
});

test('a new worker receives all changes', async () => {
  const background = await create({ quality: 'auto' });
  const change = {
    effect: VIDEO,
    model: 'selfie_segmentation',
    quality: 'low',
    temporalSmoothing: false,
  } as const;
  await drained(background.update(change));
  world.workers.at(-1)?.lose();
  await world.drain();
  const [engine] = [...world.engines.keys()];
  expect(engine?.background).toBe('video 1');
  expect(engine?.model).toBe(String(new TextEncoder().encode('selfie_segmentation')));
  expect(JSON.parse(engine?.matting ?? '')).toEqual({ refinement: 'none', temporalSmoothing: false });
});

test('a new track replaces one that ends with its worker, and keeps its `enabled`', async () => {
  const background = await create();
  const source = camera();
  const tracks: MediaStreamTrack[] = [];
  background.addEventListener('track', ({ detail }) => tracks.push(detail.track));
  const first = await drained(background.processTrack(source));
  first.enabled = false;
  world.workers.at(-1)?.lose();
  await world.drain();
  expect(first.readyState).toBe('ended');
  expect(tracks.map(({ readyState, enabled }) => [readyState, enabled])).toEqual([['live', false]]);
  expect(await drained(background.processTrack(source))).toBe(tracks[0]);
});

test('a track that the app stopped is not replaced', async () => {
  const background = await create();
  const tracks: MediaStreamTrack[] = [];
  background.addEventListener('track', ({ detail }) => tracks.push(detail.track));
  (await drained(background.processTrack(camera()))).stop();
  world.workers.at(-1)?.lose();
  await world.drain();
  expect(tracks).toEqual([]);
});

test('the logger receives messages, and may throw', async () => {
  const lines: string[] = [];
  const line = (level: string) => (message: string) => {
    lines.push(`${level}: ${message}`);
    throw new Error('the logger is broken');
  };
  const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const background = await create({ logger });
  await drained(background.setEffect(IMAGE));
  world.workers.at(-1)?.lose();
  await world.drain();
  expect(lines).toEqual([
    'info: cyclorama: frames run on webgl',
    'debug: cyclorama: changed: effect',
    'error: cyclorama: worker: the worker has ended',
    'info: cyclorama: frames flow again, on webgl',
  ]);
});
