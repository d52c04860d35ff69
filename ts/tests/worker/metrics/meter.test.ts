import { describe, expect, test, vi } from 'vitest';
import type { FrameSample, Memory, Metrics } from '../../../src/shared/metrics.js';
import { QUALITY_LEVELS } from '../../../src/shared/quality.js';
import { STAGES } from '../../../src/shared/stages.js';
import { Meter, type OpenFrame } from '../../../src/worker/metrics/meter.js';
import { conditions, gpuTimes, info, loadOf, made, SKIPPED, times } from '../../fakes/frames.js';

const memory: Memory = { wasm: 1, model: 2, heap: 3 };

function report(meter: Meter, given: Partial<typeof conditions> = {}): Metrics {
  return meter.report({ ...conditions, ...given }, memory);
}

/** Asserts that `record` timed the frame. */
function open(frame: OpenFrame | undefined): OpenFrame {
  if (!frame) throw new Error('the frame was not timed');
  return frame;
}

test('a report before the first frame has no timings', () => {
  const now = performance.timeOrigin + performance.now();
  expect(report(new Meter('auto'))).toEqual({
    stages: undefined,
    ranges: { inference: undefined, segmentation: undefined, frame: undefined },
    queue: undefined,
    frames: {
      in: 0,
      out: 0,
      processed: 0,
      hidden: 0,
      frozen: 0,
      raw: 0,
      dropped: 0,
      failed: 0,
      segmented: 0,
      skipped: 0,
    },
    since: expect.closeTo(now, -3),
    framesPerMask: undefined,
    framesPerSecond: 0,
    memory,
    model: { family: 'selfie', width: 256, height: 144 },
    adapter: 'an adapter',
    fallbackAdapter: false,
    backend: 'webgpu',
    precision: 'f16',
    timestamps: true,
    quality: { refinement: 'guided', framesPerSegmentation: 1, outputScale: 1, level: 1 },
  });
});

test('each timing names its clock', () => {
  const meter = new Meter('auto');
  const load = loadOf(meter);
  const frame = open(meter.record(made(load, 1)));
  meter.finish(frame, 1105, [{ number: 1, ...gpuTimes(10) }]);
  const { stages, ranges, queue } = report(meter);
  expect(stages?.inference.cpu).toMatchObject({ clock: 'cpu', count: 1, last: 3 });
  expect(stages?.inference.gpu).toMatchObject({ clock: 'gpu', count: 1, last: 30 });
  expect(stages?.output.cpu.last).toBe(6);
  expect(stages?.output.gpu).toBeUndefined();
  expect(ranges.inference).toMatchObject({ clock: 'gpu', last: 30 });
  expect(ranges.segmentation).toMatchObject({ clock: 'gpu', last: 50 });
  expect(ranges.frame).toMatchObject({ clock: 'completed', last: 100 });
  expect(queue).toMatchObject({ clock: 'cpu', last: 5 });
});

test('a stage that takes 10 ms longer raises only its own timing', () => {
  for (const stage of STAGES) {
    const meter = new Meter('auto');
    const load = loadOf(meter);
    for (let number = 1; number <= 20; number += 1) {
      const slow = { ...times(1), [stage]: times(1)[stage] + 10 };
      meter.finish(open(meter.record(made(load, number, { cpu: slow }))), number * 1000 + 40, []);
    }
    const { stages } = report(meter);
    const longer = STAGES.filter((other) => (stages?.[other].cpu.p50 ?? 0) > times(1)[other]);
    expect(longer).toEqual([stage]);
  }
});

describe('late timestamps', () => {
  test('complete the sample of their own frame', () => {
    const meter = new Meter('auto');
    const load = loadOf(meter);
    const [first, second] = [open(meter.record(made(load, 1))), open(meter.record(made(load, 2)))];
    meter.finish(first, 1100, []);
    expect(meter.takeSamples()).toEqual([]);
    meter.finish(second, 2100, [{ number: 1, ...gpuTimes(1) }]);
    const samples = meter.takeSamples();
    expect(samples).toEqual([
      {
        time: performance.timeOrigin + 1005,
        segmented: true,
        queue: 5,
        frame: 95,
        cpu: { import: 1, preprocess: 2, inference: 3, refine: 4, composite: 5, output: 6 },
        gpu: gpuTimes(1),
        gpuClock: 'gpu',
        width: 1280,
        height: 720,
        model: 'selfie 256x144',
        backend: 'webgpu',
        level: 1,
      },
    ]);
    meter.collect([{ number: 2, ...gpuTimes(7) }]);
    expect(meter.takeSamples()).toMatchObject([{ gpu: gpuTimes(7) }]);
    expect(meter.takeSamples()).toEqual([]);
  });

  test('of a later frame release a frame whose timestamps are missing', () => {
    const meter = new Meter('auto');
    const load = loadOf(meter);
    for (const number of [1, 2, 3]) {
      meter.finish(open(meter.record(made(load, number))), number * 1000 + 50, []);
    }
    meter.collect([{ number: 2, ...gpuTimes(1) }]);
    const samples = meter.takeSamples();
    expect(samples.map(seconds)).toEqual([1, 2]);
    expect(samples.map(({ gpu }) => gpu !== undefined)).toEqual([false, true]);
    expect(samples[0]).not.toHaveProperty('gpuClock');
    expect(report(meter).stages?.import.gpu?.count).toBe(1);
  });

  test('of a released engine are not awaited', () => {
    const meter = new Meter('auto');
    const load = loadOf(meter);
    meter.finish(open(meter.record(made(load, 1))), 1050, []);
    meter.record(made(load, 2));
    meter.forget();
    const samples = meter.takeSamples();
    expect(samples.map(seconds)).toEqual([1, 2]);
    expect(samples.map(({ frame }) => frame)).toEqual([45, undefined]);
    // A new engine restarts its frame numbers.
    meter.finish(open(meter.record(made(loadOf(meter), 1))), 1100, [{ number: 1, ...gpuTimes(1) }]);
    expect(meter.takeSamples()).toMatchObject([{ gpu: gpuTimes(1) }]);
  });

  test('of an abandoned frame are not awaited', () => {
    const meter = new Meter('auto');
    meter.abandon(open(meter.record(made(loadOf(meter), 900))));
    expect(meter.takeSamples().map(seconds)).toEqual([900]);
  });

  test('that never arrive do not make frames accumulate', () => {
    const meter = new Meter('auto');
    const load = loadOf(meter);
    for (let number = 1; number <= 1000; number += 1) {
      meter.finish(open(meter.record(made(load, number))), number * 1000 + 50, []);
    }
    expect(meter.takeSamples().length).toBeGreaterThan(950);
  });
});

test('a stage with invalid timestamps is omitted, and the other stages stay', () => {
  const meter = new Meter('auto');
  const frame = open(meter.record(made(loadOf(meter), 1)));
  meter.finish(frame, 1100, [{ number: 1, ...gpuTimes(1), import: undefined }]);
  const { stages } = report(meter);
  expect(stages?.import.gpu).toBeUndefined();
  expect(stages?.composite.gpu?.count).toBe(1);
  const [sample] = meter.takeSamples();
  expect(Object.keys(sample?.gpu ?? {})).toEqual(['preprocess', 'inference', 'refine', 'composite']);
});

test('frames awaited after each stage give the stage timings, and do not count for the frame timing', () => {
  const meter = new Meter('auto');
  const load = loadOf(meter, { info: { ...info, timestamps: false } });
  meter.finish(open(meter.record(made(load, 1, { clock: 'completed', completed: times(2) }))), 1200, []);
  meter.finish(open(meter.record(made(load, 2, { clock: 'cpu' }))), 2055, []);
  const { stages, ranges } = report(meter);
  expect(stages?.composite.gpu).toMatchObject({ clock: 'completed', count: 1, last: 10 });
  expect(stages?.output.gpu).toMatchObject({ clock: 'completed', last: 12 });
  expect(stages?.composite.cpu.count).toBe(2);
  expect(ranges.segmentation).toMatchObject({ clock: 'completed', last: 10 });
  expect(ranges.frame).toMatchObject({ count: 1, last: 50 });
  const [waited, plain] = meter.takeSamples();
  expect(waited).toMatchObject({ gpuClock: 'completed', gpu: { import: 2 } });
  expect(waited).not.toHaveProperty('frame');
  expect(plain).toMatchObject({ frame: 50 });
  expect(plain).not.toHaveProperty('gpu');
  expect(meter.slowed('completed')).toBe(true);
  expect(new Meter('completed').slowed('completed')).toBe(false);
});

test('the timing of a model on the CPU is the time of its thread', () => {
  const meter = new Meter('auto');
  const load = loadOf(meter, { info: { ...info, backend: 'webgl', timestamps: false } });
  const waited = made(load, 1, { clock: 'completed', completed: times(2) });
  meter.finish(open(meter.record(waited)), 1200, []);
  meter.finish(open(meter.record(made(load, 2, { clock: 'cpu' }))), 2055, []);
  const { ranges } = report(meter);
  expect(ranges.inference).toMatchObject({ clock: 'cpu', count: 2, last: 3 });
  expect(ranges.segmentation).toMatchObject({ clock: 'cpu', count: 2, last: 5 });
});

test('stages that a frame skipped do not count', () => {
  const meter = new Meter('auto');
  const load = loadOf(meter);
  for (let number = 1; number <= 9; number += 1) {
    const segmented = number % 3 === 1;
    const cpu = { ...times(1), ...(segmented ? {} : SKIPPED) };
    const frame = open(meter.record(made(load, number, { segmented, cpu })));
    meter.finish(frame, number * 1000 + 50, [{ number, ...gpuTimes(1), ...(segmented ? {} : WITHOUT_MASK) }]);
  }
  const { stages, ranges, framesPerMask, frames } = report(meter);
  expect(stages?.inference.cpu).toMatchObject({ count: 3, p50: 3 });
  expect(stages?.inference.gpu).toMatchObject({ count: 3, p50: 3 });
  expect(stages?.composite.cpu.count).toBe(9);
  expect(ranges.inference?.count).toBe(3);
  expect(ranges.frame?.count).toBe(9);
  expect(framesPerMask).toBe(3);
  expect(frames).toMatchObject({ segmented: 3, skipped: 6 });
  expect(meter.takeSamples().map(({ segmented }) => segmented)).toEqual([
    true,
    false,
    false,
    true,
    false,
    false,
    true,
    false,
    false,
  ]);
});

test('`since` is the creation time of the meter', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const meter = new Meter('auto');
    const { since } = report(meter);
    vi.advanceTimersByTime(5000);
    meter.restart();
    expect(report(meter).since).toBe(since);
    expect(report(new Meter('auto')).since - since).toBeCloseTo(5000);
  } finally {
    vi.useRealTimers();
  }
});

describe('timings of different loads do not mix', () => {
  const smaller = { ...info, model: { family: 'meet', width: 160, height: 96 } };

  test('a new model restarts the timings, and late timestamps of the last model do not count', () => {
    const meter = new Meter('auto');
    const before = open(meter.record(made(loadOf(meter), 1)));
    meter.restart();
    expect(report(meter).stages).toBeUndefined();
    const after = open(meter.record(made(loadOf(meter, { info: smaller }), 2, { cpu: times(2) })));
    meter.finish(before, 1100, []);
    meter.finish(after, 2100, [
      { number: 1, ...gpuTimes(100) },
      { number: 2, ...gpuTimes(2) },
    ]);
    const { stages, ranges } = report(meter, { info: smaller });
    expect(stages?.inference.cpu).toMatchObject({ count: 1, last: 6 });
    expect(stages?.inference.gpu).toMatchObject({ count: 1, last: 6 });
    expect(ranges.frame).toMatchObject({ count: 1, last: 95 });
    expect(meter.takeSamples().map(({ model }) => model)).toEqual(['selfie 256x144', 'meet 160x96']);
  });

  test('a new frame size restarts the timings, and samples name the quality level', () => {
    const meter = new Meter('auto');
    meter.record(made(loadOf(meter), 1));
    const load = loadOf(meter, {}, 640, 360);
    expect(report(meter).stages).toBeUndefined();
    expect(load.size).toEqual({ width: 640, height: 360 });
    meter.restart();
    const lower = loadOf(meter, { level: QUALITY_LEVELS[1] ?? QUALITY_LEVELS[0], number: 2 });
    meter.finish(open(meter.record(made(lower, 2, { clock: 'cpu' }))), 2050, []);
    meter.forget();
    expect(meter.takeSamples().at(-1)).toMatchObject({ level: 2 });
    expect(report(meter, { level: QUALITY_LEVELS[1] ?? QUALITY_LEVELS[0], number: 2 }).quality).toMatchObject(
      {
        framesPerSegmentation: 2,
        level: 2,
      },
    );
  });
});

test('`timing: off` counts frames and measures nothing', () => {
  const meter = new Meter('off');
  const load = loadOf(meter);
  expect(meter.on).toBe(false);
  expect(meter.clock(load, false, 0)).toBe('cpu');
  expect(meter.record(made(load, 1, { clock: 'cpu' }))).toBeUndefined();
  meter.record(made(load, 2, { clock: 'cpu', segmented: false }));
  meter.leave('processed', 0);
  meter.leave('processed', 40);
  expect(report(meter)).toMatchObject({
    stages: undefined,
    queue: undefined,
    ranges: { inference: undefined, segmentation: undefined, frame: undefined },
    frames: { out: 2, processed: 2, segmented: 1, skipped: 1 },
    framesPerSecond: 25,
    framesPerMask: 2,
  });
  expect(meter.takeSamples()).toEqual([]);
});

test('frames are counted by outcome, and the frame rate is that of the window', () => {
  const meter = new Meter('auto');
  for (let frame = 0; frame < 11; frame += 1) {
    meter.arrive();
    meter.leave(frame === 3 ? 'hidden' : 'processed', frame * 40);
  }
  meter.drop();
  meter.fail();
  const { frames, framesPerSecond } = report(meter);
  expect(frames).toMatchObject({ in: 11, out: 11, processed: 10, hidden: 1, raw: 0, dropped: 1, failed: 1 });
  expect(framesPerSecond).toBeCloseTo(25);
});

test('user timing has each stage at its time, and no entries are kept', async () => {
  const seen: PerformanceEntry[] = [];
  const observer = new PerformanceObserver((list) => void seen.push(...list.getEntries()));
  observer.observe({ type: 'measure' });
  try {
    const meter = new Meter('auto');
    const load = loadOf(meter);
    const frame = open(meter.record(made(load, 1)));
    meter.finish(frame, 1105, [{ number: 1, ...gpuTimes(1) }]);
    meter.finish(open(meter.record(made(load, 2, { clock: 'completed', completed: times(2) }))), 2105, []);
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    observer.disconnect();
  }
  const spans = seen
    .filter(({ startTime }) => startTime < 2000)
    .map((entry) => [
      entry.name,
      (entry as PerformanceMeasure).detail.clock,
      entry.startTime,
      entry.startTime + entry.duration,
    ]);
  expect(spans).toEqual(
    expect.arrayContaining([
      ['cyclorama:frame', 'completed', 1005, 1105],
      ['cyclorama:import', 'cpu', 1005, 1006],
      ['cyclorama:inference', 'cpu', 1008, 1011],
      ['cyclorama:output', 'cpu', 1020, 1026],
      // The last GPU stage ended when the frame was complete.
      ['cyclorama:composite', 'gpu', 1100, 1105],
      ['cyclorama:import', 'gpu', 1090, 1091],
    ]),
  );
  // Awaited stages follow one another on their own clock.
  const waited = seen.filter(({ name, startTime }) => startTime >= 2000 && name === 'cyclorama:refine');
  expect(waited.map(({ startTime, duration }) => [startTime, duration])).toEqual([[2017, 8]]);
  expect(performance.getEntriesByType('measure')).toEqual([]);
});

/** The GPU timings of a frame without segmentation. */
const WITHOUT_MASK = { preprocess: undefined, inference: undefined, refine: undefined };

/** The second at which `made` submitted the frame. */
function seconds({ time }: FrameSample): number {
  return Math.floor((time - performance.timeOrigin) / 1000);
}
