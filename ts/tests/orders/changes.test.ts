import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Effect, OutputFrame, VirtualBackground, VirtualBackgroundOptions } from '../../src/index.js';
import { type FakeBitmap, FakeFrame, FakeTrack, InOrder, loadSubject, World } from './world.js';

const BLUR: Effect = { kind: 'blur', strength: 1 };
const PICTURE: Effect = { kind: 'image', source: 'picture 1' };
const VIDEO: Effect = { kind: 'video', source: 'video 1' };
const NONE: Effect = { kind: 'none' };

let world: World;
let subject: Awaited<ReturnType<typeof loadSubject>>;

beforeEach(async () => {
  subject = await loadSubject();
  world = new World(subject, new InOrder());
});

afterEach(() => world.close());

async function create(options: VirtualBackgroundOptions = {}): Promise<VirtualBackground> {
  return drained(subject.VirtualBackground.create({ effect: BLUR, quality: 'high', ...options }));
}

/** What a call comes to once everything has come to its end. */
async function drained<Result>(work: Promise<Result>): Promise<Result> {
  work.catch(() => {});
  await world.drain();
  return work;
}

/** What one frame shows, of one stream unless it is told otherwise. */
async function shows(background: VirtualBackground, options: { frameRate?: number } = { frameRate: 30 }) {
  return shownBy(await drained(handIn(background, options)));
}

async function handIn(background: VirtualBackground, options: { frameRate?: number }): Promise<OutputFrame> {
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
  test('of forty calls of a slider the last one counts, and none has to be caught', async () => {
    const background = await create({ worker });
    const strengths = Array.from({ length: 40 }, (_, index) => index + 2);
    const calls = strengths.map((strength) => background.setEffect({ kind: 'blur', strength }));
    const results = await drained(Promise.all(calls));
    expect(results).toEqual([...Array<boolean>(39).fill(false), true]);
    expect(background.effect).toEqual({ kind: 'blur', strength: 41 });
    expect(await shows(background)).toBe('person before blur 41');
  });

  test('setters of one tick that change different things all come into force', async () => {
    const background = await create({ worker, quality: 'auto' });
    const calls = [
      background.setMatting({ temporalSmoothing: false }),
      background.setMatting({ refinement: 'none' }),
      background.setQuality('balanced'),
      background.setEffect(PICTURE),
      background.setModel('selfie_segmentation'),
    ];
    expect(await drained(Promise.all(calls))).toEqual([true, true, true, true, true]);
    const [engine] = [...world.engines.keys()];
    expect(JSON.parse(engine?.matting ?? '')).toEqual({ refinement: 'none', temporalSmoothing: false });
    expect(background).toMatchObject({ quality: 'balanced', model: 'selfie_segmentation', effect: PICTURE });
    const { quality } = await drained(background.metrics());
    expect(quality).toMatchObject({ framesPerSegmentation: 2, outputScale: 0.75, refinement: 'none' });
  });

  test('of several things changed together, one that fails leaves all as it was', async () => {
    const background = await create({ worker });
    world.arm('setBackground');
    const change = {
      effect: PICTURE,
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
    expect(await shows(background)).toBe('person before picture 1');
  });

  test('a change that a later one of the same option overtakes has no part in force', async () => {
    const background = await create({ worker });
    const both = background.update({ effect: PICTURE, temporalSmoothing: false });
    const later = background.setEffect(VIDEO);
    expect(await drained(Promise.all([both, later]))).toEqual([false, true]);
    expect(background.effect).toEqual(VIDEO);
    expect(JSON.parse([...world.engines.keys()][0]?.matting ?? '').temporalSmoothing).toBe(true);
  });

  test('a network or refinement that is chosen by itself takes the place of the quality’s own', async () => {
    const background = await create({
      worker,
      quality: { model: 'selfie_segmentation', refinement: 'none' },
    });
    expect(background.model).toBe('selfie_segmentation');
    await drained(background.update({ model: 'selfie_segmentation_landscape', refinement: 'bilateral' }));
    expect(background).toMatchObject({ model: 'selfie_segmentation_landscape', quality: {} });
    expect(JSON.parse([...world.engines.keys()][0]?.matting ?? '').refinement).toBe('bilateral');
  });

  test('after none, what fails, is given up or refused hides the frames until none is asked for again', async () => {
    const background = await create({ worker, effect: NONE });
    const hides = async (change: Promise<unknown>) => {
      await drained(change).catch(() => {});
      expect(await shows(background)).toBe('hidden');
      await drained(background.setEffect(NONE));
      expect(await shows(background)).toBe('camera');
    };
    world.arm('effect');
    await hides(background.setEffect(PICTURE));
    await hides(background.setEffect(PICTURE, { signal: AbortSignal.abort() }));
    await hides(background.setEffect({ kind: 'picture' } as unknown as Effect));
    await hides(background.setEffect(null as unknown as Effect));
    await hides(background.update({ effect: PICTURE, quality: 'best' as 'high' }));
    world.arm('model');
    await hides(background.update({ effect: PICTURE, model: 'selfie_segmentation' }));
    world.arm('setBackground');
    await hides(background.setEffect(VIDEO));
    // What is not about the effect does not.
    await expect(drained(background.setQuality('best' as 'high'))).rejects.toMatchObject({ code: 'option' });
    expect(await shows(background)).toBe('camera');
  });

  test('a call that is given up rejects with the signal’s reason, and what was there stays', async () => {
    const background = await create({ worker });
    const abort = new AbortController();
    const calls = [
      background.setEffect(PICTURE, { signal: abort.signal }),
      background.setModel('selfie_segmentation', { signal: abort.signal }),
    ];
    for (const call of calls) call.catch(() => {});
    abort.abort(new Error('enough'));
    for (const call of calls) await expect(drained(call)).rejects.toThrow('enough');
    expect(background).toMatchObject({ effect: BLUR, model: 'selfie_segmentation_landscape' });
    expect(await shows(background)).toBe('person before blur 1');
  });

  test('a frozen picture is of the same stream, the same background and the same run', async () => {
    const background = await create({ worker, onFailure: 'freeze' });
    const fails = async (options: { frameRate?: number }) => {
      world.arm('gpu');
      return shows(background, options);
    };
    const stream = { frameRate: 30 };
    expect(await shows(background, stream)).toBe('person before blur 1');
    expect(await fails(stream)).toBe('person before blur 1');
    // Frames of no stream are each of their own.
    expect(await shows(background, {})).toBe('person before blur 1');
    expect(await fails({})).toBe('hidden');
    expect(await fails(stream)).toBe('hidden');
    await shows(background, stream);
    await drained(background.setEffect(PICTURE));
    expect(await fails(stream)).toBe('hidden');
    await shows(background, stream);
    await drained(background.pause());
    await drained(background.resume());
    expect(await fails(stream)).toBe('hidden');
  });

  test('a module that cannot be instantiated anew is tried again, and frames flow', async () => {
    const background = await create({ worker });
    const told: string[] = [];
    background.addEventListener('error', ({ detail }) => told.push(detail.code));
    background.addEventListener('recovered', () => told.push('recovered'));
    world.arm('trap');
    world.arm('replaceInstance');
    expect(await shows(background)).toBe('hidden');
    expect(await shows(background)).toBe('person before blur 1');
    expect(told).toEqual(['internal', 'recovered']);
  });

  test('a change that is asked for while another engine is made comes into force on that one', async () => {
    const background = await create({ worker });
    world.arm('device-lost');
    expect(await shows(background)).toBe('hidden');
    world.arm('device-lost');
    const frame = handIn(background, {});
    // The engine is lost, and another one is being made.
    for (let step = 0; step < 3; step += 1) await world.step();
    expect(await drained(background.setEffect(PICTURE))).toBe(true);
    (await frame).image.close();
    expect(await shows(background)).toBe('person before picture 1');
  });

  test('pause and resume: the last one counts, and another worker is told', async () => {
    const background = await create({ worker });
    const calls = [background.pause(), background.resume(), background.pause()];
    expect(background.paused).toBe(true);
    world.stages.at(-1)?.lose();
    await drained(Promise.all(calls));
    expect(await shows(background)).toBe('hidden');
    await drained(background.resume());
    expect(background.paused).toBe(false);
    expect(await shows(background)).toBe('person before blur 1');
  });

  test('once destroyed it says so, and everything asked for rejects', async () => {
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
  ])('a wrong argument of %s is an option error, by rejection', async (_, call) => {
    const background = await create({ worker });
    await expect(drained(call(background))).rejects.toMatchObject({ code: 'option' });
    expect(await shows(background)).toBe('person before blur 1');
  });
});

test('a change that loses its worker comes into force on the next one', async () => {
  const background = await create();
  const changing = background.update({ effect: PICTURE, temporalSmoothing: false });
  for (let step = 0; step < 2; step += 1) await world.step();
  world.stages.at(-1)?.lose();
  expect(await drained(changing)).toBe(true);
  expect(await shows(background)).toBe('person before picture 1');
});

test('another worker is told all that was changed', async () => {
  const background = await create({ quality: 'auto' });
  const change = {
    effect: VIDEO,
    model: 'selfie_segmentation',
    quality: 'low',
    temporalSmoothing: false,
  } as const;
  await drained(background.update(change));
  world.stages.at(-1)?.lose();
  await world.drain();
  const [engine] = [...world.engines.keys()];
  expect(engine?.background).toBe('video 1');
  expect(engine?.model).toBe(String(new TextEncoder().encode('selfie_segmentation')));
  expect(JSON.parse(engine?.matting ?? '')).toEqual({ refinement: 'none', temporalSmoothing: false });
});

test('a track that ends with its worker is replaced by itself, and is muted as the last one was', async () => {
  const background = await create();
  const source = camera();
  const tracks: MediaStreamTrack[] = [];
  background.addEventListener('track', ({ detail }) => tracks.push(detail.track));
  const first = await drained(background.processTrack(source));
  first.enabled = false;
  world.stages.at(-1)?.lose();
  await world.drain();
  expect(first.readyState).toBe('ended');
  expect(tracks.map(({ readyState, enabled }) => [readyState, enabled])).toEqual([['live', false]]);
  expect(await drained(background.processTrack(source))).toBe(tracks[0]);
});

test('a track that the app has stopped is not replaced', async () => {
  const background = await create();
  const tracks: MediaStreamTrack[] = [];
  background.addEventListener('track', ({ detail }) => tracks.push(detail.track));
  (await drained(background.processTrack(camera()))).stop();
  world.stages.at(-1)?.lose();
  await world.drain();
  expect(tracks).toEqual([]);
});

test('a logger is told, and one that throws does no harm', async () => {
  const lines: string[] = [];
  const line = (level: string) => (message: string) => {
    lines.push(`${level}: ${message}`);
    throw new Error('the logger is broken');
  };
  const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const background = await create({ logger });
  await drained(background.setEffect(PICTURE));
  world.stages.at(-1)?.lose();
  await world.drain();
  expect(lines).toEqual([
    'info: cyclorama: frames run on webgl',
    'debug: cyclorama: changed: effect',
    'error: cyclorama: worker: the worker has ended',
    'info: cyclorama: frames flow again, on webgl',
  ]);
});
