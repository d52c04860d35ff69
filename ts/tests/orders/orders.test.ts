import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type {
  BackgroundChange,
  Effect,
  OutputFrame,
  QualityOption,
  VirtualBackground,
} from '../../src/index.js';
import { settled } from '../fakes/media.js';
import { type FakeBitmap, FakeFrame, FakeTrack } from './fakes.js';
import { loadSubject } from './subject.js';
import { FAULTS, type Fault, World } from './world.js';

/** The number of call sequences. `CYCLORAMA_FULL=1` runs more. */
const RUNS = Number(process.env.CYCLORAMA_ORDERS ?? (process.env.CYCLORAMA_FULL === '1' ? 20_000 : 500));
const SEED = Number(process.env.CYCLORAMA_SEED ?? 20261126);

const EFFECTS: readonly Effect[] = [
  { kind: 'none' },
  { kind: 'blur', strength: 1 },
  { kind: 'blur', strength: 2 },
  { kind: 'image', source: 'image 1' },
  { kind: 'image', source: 'image 2' },
  { kind: 'video', source: 'video 1' },
  { kind: 'video', source: 'video 2' },
];

const effects = fc.constantFrom(...EFFECTS);
const OPTIONS = {
  effect: effects,
  model: fc.constantFrom('selfie_segmentation_landscape', 'selfie_segmentation'),
  temporalSmoothing: fc.boolean(),
  refinement: fc.constantFrom('guided', 'bilateral', 'none'),
  quality: fc.constantFrom<QualityOption>('auto', 'high', 'balanced', 'low', { framesPerSegmentation: 3 }),
  budget: fc.constantFrom(0.5, 0.8),
};
const changes: fc.Arbitrary<BackgroundChange> = fc.oneof(
  fc.record(OPTIONS, { requiredKeys: [] }),
  // A change of one option supersedes fewer others.
  ...Object.entries(OPTIONS).map(([name, values]) =>
    (values as fc.Arbitrary<unknown>).map((value) => ({ [name]: value })),
  ),
);

/** A change, and its result. */
interface Call {
  readonly change: BackgroundChange;
  readonly abort: AbortController;
  result: 'pending' | 'true' | 'false' | 'rejected';
}

/** The calls so far, which determine the expected state. */
interface Model {
  calls: Call[];
  destroyed: boolean;
}

class Real {
  readonly world: World;
  readonly background: VirtualBackground;
  readonly initial: { readonly effect: Effect };
  readonly calls: Call[];
  readonly cameras: FakeTrack[] = [];
  /** Camera frames that were shown while the last requested effect was not `none`. */
  readonly leaks: string[] = [];
  /** The number of pending calls. */
  open = 0;

  constructor(world: World, background: VirtualBackground, effect: Effect, calls: Call[]) {
    this.world = world;
    this.background = background;
    this.initial = { effect };
    this.calls = calls;
  }

  /** Tracks a call until it settles. */
  await(work: Promise<unknown>): void {
    this.open += 1;
    work
      .catch(() => {})
      .finally(() => {
        this.open -= 1;
      });
  }

  show({ image }: OutputFrame): void {
    const bitmap = image as unknown as FakeBitmap;
    const requested =
      this.calls.findLast(({ change }) => change.effect)?.change.effect ?? this.initial.effect;
    if (bitmap.shows === 'camera' && requested.kind !== 'none') this.leaks.push(`under ${requested.kind}`);
    bitmap.close();
  }
}

type Command = fc.AsyncCommand<Model, Real>;

/** A command without a precondition. */
function command(name: string, run: (model: Model, real: Real) => Promise<void> | void): Command {
  return {
    check: () => true,
    run: async (model, real) => run(model, real),
    toString: () => name,
  };
}

const updates = changes.map((change) =>
  command(`update(${JSON.stringify(change)})`, (model, real) => {
    const call: Call = { change, abort: new AbortController(), result: 'pending' };
    model.calls.push(call);
    const { signal } = call.abort;
    const updating = real.background.update(change, { signal }).then(
      (inForce) => {
        call.result = inForce ? 'true' : 'false';
      },
      () => {
        call.result = 'rejected';
      },
    );
    real.await(updating);
  }),
);

const commands = [
  // Updates are more frequent than other commands, so that they overlap.
  ...[updates, updates, updates, updates],
  fc
    .nat(3)
    .map((back) =>
      command(`abort(${back})`, (model) => model.calls.at(-1 - back)?.abort.abort(new Error('aborted'))),
    ),
  fc.constant(
    command('processFrame', (_, real) => {
      const frame = new FakeFrame('camera');
      const processing = real.background
        .processFrame(frame as unknown as VideoFrame, { frameRate: 30 })
        .then((output) => real.show(output))
        .finally(() => frame.close());
      real.await(processing);
    }),
  ),
  fc.constant(
    command('process', (_, real) => {
      const camera = new FakeTrack();
      real.cameras.push(camera);
      real.await(real.background.processTrack(camera as unknown as MediaStreamTrack));
    }),
  ),
  fc.constant(command('camera.stop', (_, real) => real.cameras.at(-1)?.stop())),
  fc
    .boolean()
    .map((pauses) =>
      command(pauses ? 'pause' : 'resume', (_, real) =>
        real.await(pauses ? real.background.pause() : real.background.resume()),
      ),
    ),
  fc
    .constantFrom<Fault>(...FAULTS)
    .map((fault) => command(`fail ${fault}`, (_, { world }) => world.arm(fault))),
  fc.constant(command('lose the worker', (_, { world }) => world.workers.at(-1)?.lose())),
  // Steps of several lengths interrupt operations at every point.
  ...[2, 4, 12]
    .map((max) => fc.integer({ min: 1, max }))
    .map((counts) =>
      counts.map((steps) =>
        command(`step ${steps}`, async (_, { world }) => {
          for (let step = 0; step < steps; step += 1) await world.step();
        }),
      ),
    ),
];

const destroy = command('destroy', (model, real) => {
  model.destroyed = true;
  real.await(real.background.destroy());
});

let subject: Awaited<ReturnType<typeof loadSubject>>;
let unhandled: unknown[];
const note = (cause: unknown) => unhandled.push(cause);

beforeEach(async () => {
  subject = await loadSubject();
  process.on('unhandledRejection', note);
});

afterEach(() => {
  process.off('unhandledRejection', note);
});

test('the last change that took effect determines the state after any order of calls', {
  timeout: 3_600_000,
}, async () => {
  const sequences = fc.commands([...commands, fc.constant(destroy)], { size: '+1' });
  const property = fc.asyncProperty(
    fc.scheduler(),
    effects,
    fc.boolean(),
    sequences,
    async (scheduler, effect, worker, sequence) => {
      const world = new World(scheduler);
      try {
        await run(world, effect, worker, sequence);
      } finally {
        world.close();
      }
    },
  );
  await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: false });
});

async function run(
  world: World,
  effect: Effect,
  worker: boolean,
  sequence: Iterable<Command>,
): Promise<void> {
  unhandled = [];
  const creating = subject.VirtualBackground.create({ effect, worker, quality: 'high', onFailure: 'freeze' });
  await world.drain();
  const background = await creating;
  const model: Model = { calls: [], destroyed: false };
  const real = new Real(world, background, effect, model.calls);
  await fc.asyncModelRun(() => ({ model, real }), sequence);
  // Disarm the remaining faults, and finish all operations.
  world.disarm();
  await world.drain();
  expect(real.open, 'calls that never settle').toBe(0);
  if (!model.destroyed) {
    expectLastChange(real, model);
    await expectFrame(real, model);
  }
  const destroyed = background.destroy();
  await world.drain();
  await destroyed;
  await settled();
  expect(real.leaks, 'camera frames').toEqual([]);
  expect([...world.open.keys()], 'left open').toEqual([]);
  expect([...world.engines.keys()], 'engines that are not freed').toEqual([]);
  expect(
    world.tracks.filter(({ readyState }) => readyState === 'live'),
    'live tracks',
  ).toEqual([]);
  expect(unhandled, 'unhandled rejections').toEqual([]);
}

/** Expects the getters and the engine to have the last changes that took effect. */
function expectLastChange({ background, initial, world }: Real, { calls }: Model): void {
  const expected = Object.assign(
    { effect: initial.effect, quality: 'high' },
    ...calls.filter(({ result }) => result === 'true').map(({ change }) => change),
  ) as BackgroundChange;
  expect(background.effect).toEqual(expected.effect);
  expect(background.quality).toEqual(expected.quality);
  if (expected.model) expect(background.model).toBe(expected.model);
  const engine = [...world.engines.keys()].at(-1);
  if (!engine || engine.ended) return;
  const model = expected.model ?? 'selfie_segmentation_landscape';
  expect(engine.model).toBe(String(new TextEncoder().encode(String(model))));
  expect(JSON.parse(engine.matting).temporalSmoothing).toBe(expected.temporalSmoothing ?? true);
  if (expected.refinement) expect(JSON.parse(engine.matting).refinement).toBe(expected.refinement);
  const { effect } = expected;
  if (effect?.kind === 'image' || effect?.kind === 'video') expect(engine.background).toBe(effect.source);
  if (effect?.kind === 'blur') expect(engine.background).toBe(`blur ${effect.strength}`);
}

/** Expects a frame to show the last effect, or no camera. */
async function expectFrame(real: Real, { calls }: Model): Promise<void> {
  const frame = new FakeFrame('camera');
  const processing = real.background.processFrame(frame as unknown as VideoFrame);
  await real.world.drain();
  const output = await processing;
  frame.close();
  const last = calls.findLast(({ change }) => change.effect);
  const shows = (output.image as unknown as FakeBitmap).shows;
  // A background that has lost its engine too often shows placeholder frames.
  const works = real.world.engines.size > 0;
  const none = real.background.effect.kind === 'none' && (!last || last.change.effect?.kind === 'none');
  if (!none) expect(shows, 'after the last change').not.toBe('camera');
  else if (works && !real.background.paused && (last?.result ?? 'true') === 'true') {
    expect(shows, 'after none').toBe('camera');
  }
  real.show(output);
}
