import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FrameSource } from '../../src/shared/engine-types.js';
import type { Timing } from '../../src/shared/metrics.js';
import type { PipelineEvent } from '../../src/shared/protocol.js';
import type { Pipeline } from '../../src/worker/pipeline.js';
import { QualityController } from '../../src/worker/quality/quality-controller.js';
import { settled } from '../fakes/media.js';
import { openPipeline, QuickEngine, SIZE } from '../fakes/pipeline.js';

const engines = vi.hoisted(() => ({ create: vi.fn(), replaceInstance: vi.fn(async () => {}) }));

vi.mock('../../src/worker/engine.js', () => ({
  createEngine: engines.create,
  isCurrent: () => true,
  replaceInstance: engines.replaceInstance,
}));
vi.mock('../../src/shared/thread-support.js', async (original) => ({
  ...(await original<object>()),
  requireBackends: async () => ['webgl'],
}));

let engine: QuickEngine;
let pipeline: Pipeline | undefined;
let events: PipelineEvent[];

beforeEach(() => {
  engine = new QuickEngine();
  events = [];
  engines.create.mockImplementation(async () => engine);
});

afterEach(async () => {
  vi.restoreAllMocks();
  engines.create.mockReset();
  await pipeline?.destroy();
  pipeline = undefined;
});

async function open(timing: Timing): Promise<Pipeline> {
  pipeline = await openPipeline(events, timing);
  return pipeline;
}

/** Submits a frame, and waits until the GPU has finished it. */
async function outcome(pipeline: Pipeline): Promise<string> {
  const { outcome } = await pipeline.process({} as FrameSource, SIZE, 33);
  await settled();
  return outcome;
}

test('frames dropped during a measured frame do not count for the next frame', async () => {
  const frameSpy = vi.spyOn(QualityController.prototype, 'frame');
  const pipeline = await open('auto');
  // The first frame waits after each stage. One frame a second does so.
  const first = pipeline.process({} as FrameSource, SIZE, 33);
  await pipeline.drop();
  await first;
  await settled();
  expect(frameSpy).not.toHaveBeenCalled();
  await outcome(pipeline);
  const third = pipeline.process({} as FrameSource, SIZE, 33);
  await pipeline.drop();
  await third;
  await settled();
  expect(frameSpy.mock.calls.map(([{ dropped }]) => dropped)).toEqual([0, 1]);
});

describe('measuring does not make frames fail', () => {
  test('frames succeed when a script of the page has broken performance.measure', async () => {
    vi.spyOn(performance, 'measure').mockImplementation(() => {
      throw new TypeError('a monitoring script is broken');
    });
    const frameSpy = vi.spyOn(QualityController.prototype, 'frame');
    const pipeline = await open('every');
    expect([await outcome(pipeline), await outcome(pipeline)]).toEqual(['processed', 'processed']);
    expect(frameSpy).toHaveBeenCalledTimes(1);
    const { frames, ranges } = await pipeline.metrics();
    expect(frames).toMatchObject({ processed: 2, failed: 0 });
    expect(ranges.frame?.count).toBe(1);
    expect(events).toEqual([]);
  });

  test('a WebAssembly crash while timings are read is reported, and a new engine starts', async () => {
    const pipeline = await open('auto');
    engine.gpuTimes = () => {
      throw new WebAssembly.RuntimeError('unreachable');
    };
    const crashed = engine;
    engine = new QuickEngine();
    expect(await outcome(pipeline)).toBe('processed');
    await vi.waitFor(() => expect(events.map(({ kind }) => kind)).toEqual(['error', 'recovered']));
    expect(events[0]).toMatchObject({ code: 'internal' });
    expect(engines.replaceInstance).toHaveBeenCalledWith(crashed);
    expect(await outcome(pipeline)).toBe('processed');
  });

  test('other GPU errors while timings are read are not reported', async () => {
    const pipeline = await open('auto');
    engine.gpuTimes = () => {
      throw Object.assign(new Error('a buffer could not be mapped'), { code: 'gpu' });
    };
    for (let frame = 0; frame < 5; frame += 1) expect(await outcome(pipeline)).toBe('processed');
    expect(events).toEqual([]);
    expect(engines.create).toHaveBeenCalledTimes(1);
  });
});
