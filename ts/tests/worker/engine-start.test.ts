import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DEFAULT_MATTING } from '../../src/shared/matting.js';
import type { Backend } from '../../src/shared/thread-support.js';
import { startFastest } from '../../src/worker/engine-start.js';
import { FakeBitmap, FakeFrame, stubMedia } from '../fakes/media.js';
import { QuickEngine } from '../fakes/pipeline.js';

const engines = vi.hoisted(() => ({ createEngine: vi.fn(), isCurrent: () => true }));
vi.mock('../../src/worker/engine.js', () => engines);

const ALL = ['webgpu', 'webgl', 'cpu'] as const;

const CONFIG = {
  model: new Uint8Array(),
  background: { kind: 'transparent' },
  matting: DEFAULT_MATTING,
  precision: 'auto',
  powerPreference: 'high-performance',
  assetBase: undefined,
} as const;

/** The time of a frame on each backend, in milliseconds. */
let times: Record<Backend, number>;
/** The time of the first frame in addition, in milliseconds. */
let compiling: number;
/** How long WebAssembly is unoptimized, in milliseconds. Meanwhile a frame takes six times as long, except on `webgpu`. */
let optimizing: number;
let now: number;
/** The engines that are not freed, and all that were started. */
let open: Set<Backend>;
let started: Backend[];

class TimedEngine extends QuickEngine {
  readonly #backend: Backend;
  #frames = 0;
  #busy = 0;

  constructor(backend: Backend) {
    super();
    this.#backend = backend;
    started.push(backend);
    open.add(backend);
  }

  override async process() {
    const factor = this.#backend !== 'webgpu' && this.#busy < optimizing ? 6 : 1;
    const busy = factor * times[this.#backend] + (this.#frames === 0 ? compiling : 0);
    now += busy;
    this.#busy += busy;
    this.#frames += 1;
    return { ...(await super.process()), image: new FakeBitmap() as unknown as ImageBitmap };
  }

  override free(): void {
    open.delete(this.#backend);
  }
}

beforeEach(() => {
  stubMedia();
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  [times, compiling, optimizing, now] = [{ webgpu: 5, webgl: 5, cpu: 10 }, 0, 0, 0];
  [open, started] = [new Set(), []];
  engines.createEngine.mockImplementation(async (backend: Backend) => new TimedEngine(backend));
});

afterEach(() => {
  expect([FakeFrame.open.size, FakeBitmap.open.size]).toEqual([0, 0]);
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Starts the fastest of `backends`. Expects that all other engines are released. */
async function start(backends: readonly Backend[] = ALL, known?: Backend, signal?: AbortSignal) {
  open.clear();
  const { backends: kept, isMeasured } = await startFastest(backends, known, CONFIG, signal);
  expect([...open]).toEqual([kept[0]]);
  return { kept, isMeasured };
}

test('a fast backend is kept, without starting another one', async () => {
  compiling = 900;
  times = { webgpu: 12, webgl: 1, cpu: 1 };
  expect(await start()).toEqual({ kept: ALL, isMeasured: true });
  expect(started).toEqual(['webgpu']);
});

test('the fastest backend replaces a slow one, and only later ones replace it', async () => {
  times = { webgpu: 90, webgl: 40, cpu: 60 };
  expect(await start()).toEqual({ kept: ['webgl', 'cpu'], isMeasured: true });
  times = { webgpu: 90, webgl: 40, cpu: 12 };
  expect(await start()).toEqual({ kept: ['cpu'], isMeasured: true });
  times = { webgpu: 30, webgl: 40, cpu: 35 };
  expect(await start()).toEqual({ kept: ALL, isMeasured: true });
});

test('unoptimized code does not count', async () => {
  optimizing = 500;
  times = { webgpu: 30, webgl: 40, cpu: 12 };
  expect(await start()).toEqual({ kept: ['cpu'], isMeasured: true });
  started = [];
  times.webgl = 15;
  expect(await start(['webgl', 'cpu'])).toEqual({ kept: ['webgl', 'cpu'], isMeasured: true });
  expect(started).toEqual(['webgl']);
});

test('a known backend and a single one are not measured', async () => {
  expect(await start(ALL, 'cpu')).toEqual({ kept: ['cpu'], isMeasured: false });
  expect(await start(ALL, 'webgl')).toEqual({ kept: ['webgl', 'cpu'], isMeasured: false });
  expect(await start(['cpu'])).toEqual({ kept: ['cpu'], isMeasured: false });
  expect(now).toBe(0);
});

test('a known backend that this thread lacks does not count', async () => {
  times.webgl = 70;
  expect(await start(['webgl', 'cpu'], 'webgpu')).toEqual({ kept: ['cpu'], isMeasured: true });
});

test('a backend that does not start, or fails to process a frame, is not used', async () => {
  times = { webgpu: 90, webgl: 80, cpu: 10 };
  engines.createEngine.mockImplementation(async (backend: Backend) => {
    if (backend === 'cpu') throw Object.assign(new Error('the file is missing'), { code: 'asset' });
    const engine = new TimedEngine(backend);
    if (backend === 'webgl') engine.process = () => Promise.reject(new Error('the context is lost'));
    return engine;
  });
  expect((await start()).kept).toEqual(ALL);
  expect(started).toEqual(['webgpu', 'webgl']);
});

test('the next backend replaces one that fails to process a frame', async () => {
  engines.createEngine.mockImplementation(async (backend: Backend) => {
    const engine = new TimedEngine(backend);
    if (backend === 'webgpu') engine.process = () => Promise.reject(new Error('the device is lost'));
    return engine;
  });
  expect((await start()).kept).toEqual(['webgl', 'cpu']);
});

test('an abort during the measurement releases all engines', async () => {
  times.webgpu = 90;
  const abort = new AbortController();
  engines.createEngine.mockImplementation(async (backend: Backend) => {
    if (backend === 'webgl') abort.abort(new Error('the user left'));
    return new TimedEngine(backend);
  });
  await expect(start(ALL, undefined, abort.signal)).rejects.toThrow('the user left');
  await vi.waitFor(() => expect([...open]).toEqual([]));
});

test('a measurement without any result is not remembered, and a frame that arrives late is closed', async () => {
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort(new Error('too late')));
  expect(await start()).toEqual({ kept: ALL, isMeasured: false });
  expect(started).toEqual(['webgpu', 'webgl', 'cpu']);
});
