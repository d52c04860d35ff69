/**
 * A browser without a screen, for tests of every order of calls: pictures that know whether they were closed, an engine, workers
 * that can be lost, and waits that end in the order that a fast-check scheduler says.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scheduler } from 'fast-check';
import { vi } from 'vitest';
import type { PipelineHost } from '../../src/page/pipeline-host.js';
import type { ProcessedTrack } from '../../src/page/tracks/process-track.js';
import { abortable } from '../../src/shared/abortable.js';
import type { Background } from '../../src/shared/background.js';
import type { ParsedEffect } from '../../src/shared/effect.js';
import type { Engine, Processed } from '../../src/shared/engine-types.js';
import { CycloramaError } from '../../src/shared/errors.js';
import type { PipelineClient, PipelineService, PipelineSetup } from '../../src/shared/protocol.js';
import { info, times } from '../frames.js';

/** What can be made to fail, once each time that it is asked for. */
export const FAULTS = [
  'effect',
  'model',
  'createEngine',
  'replaceInstance',
  'setModel',
  'setBackground',
  'trap',
  'device-lost',
  'gpu',
  'worker',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Beyond this a run hangs. */
const MAX_STEPS = 20_000;

const realSetTimeout = globalThis.setTimeout;
const realClearTimeout = globalThis.clearTimeout;

let world: World;

/** The thread that code runs in: the page, or one of the workers. */
class Realm {
  alive = true;
}
const realms = new AsyncLocalStorage<Realm>();
const page = new Realm();
const here = () => realms.getStore() ?? page;

/** Something that has to be closed. */
abstract class Closable {
  closed = false;

  constructor() {
    world.opened(this);
  }

  close(): void {
    this.closed = true;
    world.open.delete(this);
  }
}

export class FakeBitmap extends Closable {
  readonly width = 16;
  readonly height = 9;
  /** What it shows: `camera` for a frame as it is. */
  readonly shows: string;

  constructor(shows: string) {
    super();
    this.shows = shows;
  }
}

export class FakeFrame extends Closable {
  readonly displayWidth = 16;
  readonly displayHeight = 9;
  readonly timestamp = 0;
  readonly shows: string;

  constructor(shows: string | FakeFrame) {
    super();
    this.shows = typeof shows === 'string' ? shows : shows.shows;
  }

  clone(): FakeFrame {
    if (this.closed) throw new Error('the frame is closed');
    return new FakeFrame(this.shows);
  }
}

export class FakeTrack extends EventTarget {
  readonly kind = 'video';
  readyState: 'live' | 'ended' = 'live';
  enabled = true;

  stop(): void {
    this.readyState = 'ended';
  }

  getSettings(): MediaTrackSettings {
    return { frameRate: 30 };
  }
}

class FakeVideo extends Closable {
  readonly failure = undefined;
  readonly shows: string;

  constructor(shows: string) {
    super();
    this.shows = shows;
  }

  changed(): boolean {
    return true;
  }

  frame(): FakeFrame {
    if (this.closed) throw new Error('the video is closed');
    return new FakeFrame(this.shows);
  }
}

/** An engine that knows what it was told, and makes pictures of that. */
export class FakeEngine implements Engine {
  background = '';
  matting = '';
  model: string;
  ended = false;
  #number = 0;

  constructor(model: Uint8Array, background: Background) {
    this.model = String(model);
    this.setBackground(background);
  }

  setBackground(background: Background): void {
    world.fail('setBackground', 'effect');
    this.background = shownBy(background);
  }

  setMatting(matting: object): void {
    this.matting = JSON.stringify(matting);
  }

  async setModel(model: Uint8Array): Promise<void> {
    await world.turn('setModel');
    world.fail('setModel', 'model');
    this.model = String(model);
  }

  async process(frame: FakeFrame | object): Promise<Processed> {
    if (this.ended) throw new CycloramaError('destroyed', 'the engine was destroyed');
    const before = this.background;
    await world.turn('process');
    if (frame instanceof FakeFrame && frame.closed) throw new CycloramaError('frame', 'the frame is closed');
    if (world.takes('trap')) throw new WebAssembly.RuntimeError('unreachable');
    world.fail('device-lost', 'device-lost');
    world.fail('gpu', 'gpu');
    this.#number += 1;
    return {
      image: new FakeBitmap(`person before ${before}`) as unknown as ImageBitmap,
      width: 16,
      height: 9,
      segmented: true,
      number: this.#number,
      cpu: times(1),
      completed: undefined,
      backgroundError: undefined,
    };
  }

  hide(): ImageBitmap {
    return new FakeBitmap('hidden') as unknown as ImageBitmap;
  }

  info() {
    return { ...info, backend: 'webgl' as const, timestamps: false };
  }

  memory() {
    return { wasm: 1, model: undefined };
  }

  gpuTimes() {
    return [];
  }

  async completed(): Promise<void> {
    await world.turn('completed');
  }

  async maskStatus(): Promise<undefined> {}

  lostReason(): undefined {}

  destroy(): void {
    this.ended = true;
  }

  free(): void {
    world.engines.delete(this);
  }
}

/** What a background shows, by its name. */
export function shownBy(background: Background): string {
  switch (background.kind) {
    case 'image': {
      const image = background.image as unknown as FakeBitmap;
      if (image.closed) throw new Error('the picture is closed');
      return image.shows;
    }
    case 'video': {
      const picture = background.image as unknown as FakeFrame;
      if (picture.closed) throw new Error('the picture is closed');
      return picture.shows;
    }
    case 'blur':
      return `blur ${background.radius}`;
    default:
      return background.kind;
  }
}

/** The module under test, which must not be loaded before it is to have the mocks of this one. */
export async function loadSubject() {
  const [{ Pipeline }, { VirtualBackground }] = await Promise.all([
    import('../../src/worker/pipeline.js'),
    import('../../src/page/virtual-background.js'),
  ]);
  return { Pipeline, VirtualBackground };
}

type Subject = Awaited<ReturnType<typeof loadSubject>>;

/** Says in which order waits end. */
export type Order = Pick<Scheduler, 'count' | 'waitOne'> & {
  schedule(work: Promise<void>, what: string): Promise<void>;
};

/** Waits end in the order in which they began. */
export class InOrder implements Order {
  readonly #waiting: (() => void)[] = [];

  count(): number {
    return this.#waiting.length;
  }

  async waitOne(): Promise<void> {
    this.#waiting.shift()?.();
  }

  schedule(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** One run's browser. */
export class World {
  /** What is open, and where. */
  readonly open = new Map<Closable, Realm>();
  /** Engines whose memory is not given back, and where they are. */
  readonly engines = new Map<FakeEngine, Realm>();
  readonly stages: { lose(): void }[] = [];
  readonly tracks: FakeTrack[] = [];
  readonly #subject: Subject;
  readonly #scheduler: Order;
  readonly #faults = new Map<Fault, number>();
  readonly #timers = new Map<number, { due: number; fire: () => void }>();
  #now = 0;
  #timer = 0;

  constructor(subject: Subject, scheduler: Order) {
    this.#subject = subject;
    this.#scheduler = scheduler;
    world = this;
    Object.assign(globalThis, {
      VideoFrame: FakeFrame,
      ImageBitmap: FakeBitmap,
      MediaStreamTrack: FakeTrack,
      createImageBitmap: async (source: FakeFrame | FakeBitmap) => {
        await this.turn('createImageBitmap');
        if (source.closed) throw new Error('the source is closed');
        return new FakeBitmap(source.shows);
      },
      setTimeout: (fire: () => void, delay = 0) => {
        const realm = here();
        this.#timer += 1;
        const run = () => realms.run(realm, () => realm.alive && fire());
        this.#timers.set(this.#timer, { due: this.#now + delay, fire: run });
        return this.#timer;
      },
      clearTimeout: (timer: number) => this.#timers.delete(timer),
    });
    vi.spyOn(performance, 'now').mockImplementation(() => this.#now);
  }

  /** Gives the globals back that every test shares. */
  close(): void {
    vi.restoreAllMocks();
    Object.assign(globalThis, { setTimeout: realSetTimeout, clearTimeout: realClearTimeout });
  }

  /** Waits for the turn that the scheduler gives; for ever in a worker that has ended. */
  async turn(what: string): Promise<void> {
    const realm = here();
    await this.#scheduler.schedule(Promise.resolve(), what);
    if (!realm.alive) await new Promise(() => {});
  }

  opened(it: Closable): void {
    if (here().alive) this.open.set(it, here());
  }

  arm(fault: Fault): void {
    this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1);
  }

  takes(fault: Fault): boolean {
    const left = this.#faults.get(fault) ?? 0;
    if (left > 0) this.#faults.set(fault, left - 1);
    return left > 0;
  }

  /** @throws where the fault is due */
  fail(fault: Fault, code: CycloramaError['code']): void {
    if (this.takes(fault)) throw new CycloramaError(code, `made to fail: ${fault}`);
  }

  /** Nothing fails any more. */
  mend(): void {
    this.#faults.clear();
  }

  /** Ends one wait, or where nothing waits for another thread, lets time go by until the next timer. Gives whether there was any. */
  async step(): Promise<boolean> {
    await settle();
    if (this.#scheduler.count() > 0) {
      await this.#scheduler.waitOne();
    } else {
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.due - b.due);
      if (!next) return false;
      const [id, { due, fire }] = next;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, due);
      fire();
    }
    await settle();
    return true;
  }

  /** Until nothing waits any more. */
  async drain(): Promise<void> {
    for (let steps = 0; await this.step(); steps += 1) {
      if (steps > MAX_STEPS) throw new Error('it comes to no end');
    }
  }

  /** An in-process worker: its pictures are copies of the page's, and are gone with it. */
  async openWorker(
    setup: PipelineSetup,
    front: PipelineClient,
    signal: AbortSignal | undefined,
  ): Promise<PipelineHost> {
    const realm = new Realm();
    const inside = <Result>(work: () => Result) => realms.run(realm, work);
    let reject = (_: unknown) => {};
    const lost = new Promise<never>((_, no) => {
      reject = no;
    });
    lost.catch(() => {});
    const waiting = new Set<(cause: unknown) => void>();
    const end = () => {
      realm.alive = false;
      for (const [it, where] of this.open) if (where === realm) this.open.delete(it);
      for (const [it, where] of this.engines) if (where === realm) this.engines.delete(it);
    };
    const lose = () => {
      if (!realm.alive) return;
      end();
      const cause = new CycloramaError('worker', 'the worker has ended');
      reject(cause);
      for (const give of waiting) give(cause);
    };
    const guard: PipelineHost['guard'] = (call) =>
      new Promise((resolve, no) => {
        if (!realm.alive) return no(new CycloramaError('worker', 'the worker has ended'));
        waiting.add(no);
        call.then(resolve, no).finally(() => waiting.delete(no));
      });
    const seen: PipelineClient = {
      notify: (event) => realms.run(page, () => realm.alive && front.notify(event)),
      backgroundFrame: async (again) => {
        const picture = await realms.run(page, () => front.backgroundFrame(again));
        if (picture) this.#move(picture as unknown as FakeFrame, realm);
        return picture;
      },
    };
    const start = async () => {
      await this.turn('worker');
      this.fail('worker', 'worker');
      return inside(() => this.#subject.Pipeline.create(copied(setup), seen));
    };
    // A worker that is not waited for any longer is terminated.
    const pipeline = await abortable(start(), signal).catch((cause) => {
      end();
      throw cause;
    });
    // Messages come in the order that they are sent, each way.
    const [post, reply] = [0, 1].map(() => {
      let last: Promise<unknown> = Promise.resolve();
      return (what: string) => {
        last = last.then(() => inside(() => this.turn(what)));
        return last;
      };
    }) as [(what: string) => Promise<unknown>, (what: string) => Promise<unknown>];
    const service = new Proxy(pipeline, {
      get: (target, name: keyof PipelineService) => {
        const method = target[name] as (...given: unknown[]) => Promise<unknown>;
        return (...given: unknown[]) => {
          const [first] = given;
          if (first instanceof FakeFrame) this.#move(first, realm);
          const arrival = post(`message ${name}`);
          return inside(async () => {
            await arrival;
            try {
              const result = await Reflect.apply(method, target, given.map(copied));
              await reply(`answer ${name}`);
              if (isOutput(result)) this.#move(result.image, page);
              return result;
            } finally {
              if (first instanceof FakeFrame) first.close();
            }
          });
        };
      },
    }) as unknown as PipelineService;
    this.stages.push({ lose });
    return {
      pipeline: service,
      lost,
      guard,
      close: async () => {
        if (realm.alive) await Promise.race([pipeline.destroy(), lost]).catch(() => {});
        end();
        for (const give of waiting) give(new CycloramaError('worker', 'the worker was closed'));
      },
    };
  }

  #move(it: Closable, realm: Realm): void {
    // What is sent to a worker that has ended is gone.
    if (!realm.alive) this.open.delete(it);
    else if (!it.closed) this.open.set(it, realm);
  }
}

function isOutput(value: unknown): value is { image: FakeBitmap } {
  return typeof value === 'object' && value !== null && 'image' in value;
}

/** As structured cloning copies pictures, in the realm that this runs in. */
function copied<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || !('background' in value)) return value;
  return { ...value, background: copyOf(value.background as Background | undefined) };
}

function copyOf(background: Background | undefined): Background | undefined {
  if (background?.kind === 'image') {
    const image = new FakeBitmap(shownBy(background)) as unknown as ImageBitmap;
    return { ...background, image };
  }
  if (background?.kind === 'video') {
    const picture = new FakeFrame(shownBy(background)) as unknown as VideoFrame;
    return { ...background, image: picture };
  }
  return background;
}

/** Lets all that waits for nothing but promises come to its end. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

vi.mock('../../src/worker/engine.js', () => ({
  isCurrent: (engine: FakeEngine) => world.engines.has(engine),
  replaceInstance: async (engine: FakeEngine) => {
    await world.turn('replaceInstance');
    // Either way it is never used again.
    world.engines.delete(engine);
    if (world.takes('replaceInstance')) throw new RangeError('out of memory');
  },
  createEngine: async (_: string, model: Uint8Array, { background }: { background: Background }) => {
    await world.turn('createEngine');
    world.fail('createEngine', 'gpu');
    const engine = new FakeEngine(model, background);
    world.engines.set(engine, here());
    return engine;
  },
}));

vi.mock('../../src/shared/thread-support.js', async (original) => ({
  ...(await original<typeof import('../../src/shared/thread-support.js')>()),
  assertBrowser: () => {},
  requireBackends: async () => ['webgl'],
}));

vi.mock('../../src/page/pipeline-host.js', async (original) => ({
  ...(await original<typeof import('../../src/page/pipeline-host.js')>()),
  openWorker: (setup: PipelineSetup, front: PipelineClient, signal: AbortSignal | undefined) =>
    world.openWorker(setup, front, signal),
}));

vi.mock('../../src/worker/downscaler.js', () => ({
  Downscaler: class {
    scale = (frame: FakeFrame) => frame;
  },
}));

vi.mock('../../src/shared/placeholder.js', () => ({ placeholderImage: () => new FakeBitmap('hidden') }));

vi.mock('../../src/shared/assets.js', async (original) => ({
  ...(await original<typeof import('../../src/shared/assets.js')>()),
  loadModel: async (model: string, _: unknown, signal: AbortSignal | undefined) => {
    await world.turn('loadModel');
    signal?.throwIfAborted();
    world.fail('model', 'asset');
    return new TextEncoder().encode(model);
  },
}));

vi.mock('../../src/page/load-effect.js', async (original) => ({
  ...(await original<typeof import('../../src/page/load-effect.js')>()),
  loadEffect: async (effect: ParsedEffect, signal: AbortSignal | undefined) => {
    if (effect.kind === 'none') return { background: undefined };
    await world.turn('loadEffect');
    signal?.throwIfAborted();
    world.fail('effect', 'asset');
    if (effect.kind === 'blur') return { background: effect };
    const name = String((effect as { source: unknown }).source);
    if (effect.kind === 'image') return { background: { kind: 'image', image: new FakeBitmap(name) } };
    const video = new FakeVideo(name);
    return { background: { kind: 'video', image: video.frame() }, video };
  },
}));

vi.mock('../../src/page/tracks/process-track.js', () => ({
  processTrack: async (): Promise<ProcessedTrack> => {
    await world.turn('processTrack');
    const output = new FakeTrack();
    world.tracks.push(output);
    const end = () => output.stop();
    const outputTrack = output as unknown as MediaStreamTrack;
    return {
      output: outputTrack,
      get isEnabled() {
        return output.enabled;
      },
      take: async () => world.turn('take'),
      loseWorker: end,
      end,
    };
  },
}));
