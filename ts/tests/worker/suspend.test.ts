/** A machine is suspended for an hour while frames are processed. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FrameSource } from '../../src/shared/engine-types.js';
import type { PipelineEvent } from '../../src/shared/protocol.js';
import { Meter } from '../../src/worker/metrics/meter.js';
import { conditions } from '../fakes/frames.js';
import { fakeImage, openPipeline, QuickEngine, SIZE } from '../fakes/pipeline.js';

const engines = vi.hoisted(() => ({
  createEngine: vi.fn(),
  isCurrent: () => true,
  replaceInstance: async () => {},
}));
vi.mock('../../src/worker/engine.js', () => engines);
vi.mock('../../src/shared/thread-support.js', async (original) => ({
  ...(await original<object>()),
  requireBackends: async () => ['webgl'],
}));

const HOUR = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext = () => undefined;
      transferToImageBitmap = fakeImage;
    },
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Suspends the machine: the clock advances, and no timer fires. */
function suspend(): void {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + HOUR);
}

test.each([
  [6_000, 'processed', []],
  [20_000, 'hidden', ['error']],
] as const)(
  'an engine that answers %d ms after the machine resumes gives the frame outcome %s',
  async (delay, outcome, kinds) => {
    const events: PipelineEvent[] = [];
    engines.createEngine.mockImplementation(async () => {
      const engine = new QuickEngine();
      const answer = await engine.process();
      engine.process = () => new Promise((resolve) => setTimeout(() => resolve(answer), delay));
      return engine;
    });
    const pipeline = await openPipeline(events);
    const frame = pipeline.process({} as FrameSource, SIZE, 33);
    await vi.advanceTimersByTimeAsync(0);
    suspend();
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await frame).outcome).toBe(outcome);
    expect(events.map(({ kind }) => kind).filter((kind) => kind === 'error')).toEqual(kinds);
  },
);

test('the frame rate counts frames since the machine resumed', () => {
  const meter = new Meter('auto');
  let now = 0;
  for (const jump of [0, HOUR]) {
    now += jump;
    for (let frame = 0; frame < 60; frame += 1) {
      now += 1000 / 30;
      meter.leave('processed', now);
    }
  }
  const { framesPerSecond } = meter.report(conditions, {
    wasm: undefined,
    model: undefined,
    heap: undefined,
  });
  expect(framesPerSecond).toBeCloseTo(30);
});
