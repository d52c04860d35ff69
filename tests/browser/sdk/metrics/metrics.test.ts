import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterEach, expect, test } from 'vitest';
import { exportMetrics } from '../../../../ts/src/adapters/otel.js';
import {
  type FrameSource,
  type Metrics,
  type MetricsReport,
  type OutputFrame,
  STAGES,
  type Stage,
  VirtualBackground,
  type VirtualBackgroundOptions,
} from '../../../../ts/src/index.js';
import { describeOnBackends } from '../../matrix.js';
import { expectOwnStalls } from '../helpers/own-stalls.js';
import { pause } from '../helpers/pixels.js';
import { cameraFrame, paintScene } from '../helpers/scene.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;

/** How much longer a stalled method takes, in milliseconds. */
const STALL = 10;

let background: VirtualBackground | undefined;

afterEach(async () => {
  await background?.destroy();
  background = undefined;
});

async function create(options: VirtualBackgroundOptions = {}): Promise<VirtualBackground> {
  background = await VirtualBackground.create({ effect: BLUE, quality: 'high', ...options });
  return background;
}

/** Processes this many frames, one after the other. */
async function run(source: FrameSource, count: number): Promise<OutputFrame[]> {
  const outputs: OutputFrame[] = [];
  for (let frame = 0; frame < count; frame += 1) {
    const output = await background?.processFrame(source);
    if (!output) throw new Error('the test has no background');
    output.image.close();
    outputs.push(output);
  }
  return outputs;
}

/** Processes frames until the metrics match. */
async function until(canvas: HTMLCanvasElement, ready: (metrics: Metrics) => boolean): Promise<Metrics> {
  for (let tries = 0; tries < 100; tries += 1) {
    await run(canvas, 2);
    const metrics = await background?.metrics();
    if (metrics && ready(metrics)) return metrics;
  }
  throw new Error('the metrics never matched');
}

test.each(['webgpu', 'webgl'] as const)(
  'metrics on %s name their clocks, and reports come once per second',
  async (backend) => {
    const created = await create({ backend });
    expect((await created.metrics()).stages).toBeUndefined();
    const received: MetricsReport[] = [];
    created.addEventListener('metrics', ({ detail }) => received.push(detail));
    const canvas = await paintScene(320, 180);
    const start = performance.now();
    while (received.length < 3) await run(canvas, 1);
    expect(performance.now() - start).toBeGreaterThan(2000);

    const metrics = await until(canvas, ({ stages, ranges }) => !!stages?.composite.gpu && !!ranges.frame);
    const { stages, ranges, frames, queue, framesPerMask, memory, adapter, timestamps } = metrics;
    expect(metrics.backend).toBe(backend);
    expect(adapter).not.toBe('');
    expect(['f16', 'f32']).toContain(metrics.precision);
    expect(frames).toMatchObject({ in: frames.processed, out: frames.processed, skipped: 0, failed: 0 });
    expect(frames.segmented).toBe(frames.processed);
    expect(framesPerMask).toBe(1);
    expect(memory.wasm).toBeGreaterThan(1e6);
    // Chromium does not report the heap of workers.
    expect(memory.heap).toBeUndefined();
    expect(queue).toMatchObject({ clock: 'cpu' });
    if (!stages) throw new Error('the metrics have no stages');
    const onGpu = timestamps ? 'gpu' : 'completed';
    for (const stage of STAGES) {
      const { cpu, gpu } = stages[stage];
      expect(cpu.clock, stage).toBe('cpu');
      expect(cpu.count, stage).toBe(Math.min(300, frames.processed));
      for (const figure of [cpu, gpu]) {
        if (!figure) continue;
        expect(figure.p50, stage).toBeGreaterThanOrEqual(0);
        expect(figure.p95, stage).toBeGreaterThanOrEqual(figure.p50);
        expect(figure.p99, stage).toBeGreaterThanOrEqual(figure.p95);
      }
      if (gpu) expect(gpu.clock, stage).toBe(onGpu);
    }
    expect(ranges.frame?.clock).toBe('completed');
    expect(ranges.inference?.clock).toBe(backend === 'webgl' ? 'cpu' : onGpu);
    expect(ranges.inference?.p50).toBeGreaterThan(0);
    expect(ranges.segmentation?.p50).toBeGreaterThanOrEqual(ranges.inference?.p50 ?? Number.NaN);
    expect(ranges.frame?.p50).toBeGreaterThan(ranges.segmentation?.p50 ?? Number.NaN);

    const samples = received.flatMap(({ samples }) => samples);
    // The last samples are not reported yet.
    expect(samples.length).toBeGreaterThan(frames.processed / 3);
    expect(samples.length).toBeLessThanOrEqual(frames.processed);
    expect(samples.map(({ time }) => time)).toEqual(samples.map(({ time }) => time).sort((a, b) => a - b));
    expect(Math.abs((samples.at(-1)?.time ?? 0) - Date.now())).toBeLessThan(60_000);
    const timed = samples.filter(({ gpu }) => gpu);
    expect(timed.length).toBeGreaterThan(0);
    for (const { gpu, gpuClock } of timed) {
      expect(gpuClock).toBe(onGpu);
      expect(gpu?.composite).toBeGreaterThan(0);
    }
    expect(samples.filter(({ frame }) => frame !== undefined).length).toBeGreaterThan(0);
    expect(samples[0]).toMatchObject({
      segmented: true,
      width: 320,
      height: 180,
      model: 'selfie 256x144',
      level: 1,
    });
  },
);

test('a page that stalls a stage finds the stall in that stage and in no other', async () => {
  // Each frame finds an idle GPU. Otherwise its import also waits for the previous frame, and would hide a stall.
  await create({ backend: 'webgpu', timing: 'completed', worker: false });
  const frame = cameraFrame(320, 180);
  await run(frame, 5);
  const begin = {
    // The import path of frames into a software adapter.
    import: () => stall(VideoFrame.prototype, 'copyTo'),
    output: () => stall(OffscreenCanvas.prototype, 'transferToImageBitmap'),
  };
  type Slow = keyof typeof begin;
  const least = new Map<Slow | undefined, Map<Stage, number>>();
  const longer = (stage: Stage, slow: Slow) =>
    (least.get(slow)?.get(stage) ?? Number.NaN) - (least.get(undefined)?.get(stage) ?? Number.NaN);
  await expectOwnStalls(STAGES, ['import', 'output'], longer, STALL, async () => {
    for (const slow of [undefined, 'import', 'output'] as const) {
      const end = slow && begin[slow]();
      const outputs = await run(frame, 2);
      end?.();
      const times = least.get(slow) ?? new Map<Stage, number>();
      least.set(slow, times);
      for (const output of outputs) {
        if (output.outcome !== 'processed') throw new Error('a frame was not processed');
        for (const stage of STAGES) {
          times.set(stage, Math.min(times.get(stage) ?? Number.POSITIVE_INFINITY, output.cpu[stage]));
        }
      }
    }
  });
  frame.close();
});

describeOnBackends((backend) => {
  test('frames that are all awaited are timed until the GPU is done', async () => {
    await create({ backend, timing: 'completed' });
    const canvas = await paintScene(320, 180);
    for (const output of await run(canvas, 5)) {
      if (output.outcome !== 'processed' || !output.completed) throw new Error('the frame was not awaited');
      const { completed, cpu } = output;
      expect(completed.inference).toBeGreaterThan(0);
      expect(completed.total).toBeGreaterThanOrEqual(sum(completed) - 0.5);
      expect(sum(cpu)).toBeLessThanOrEqual(sum(completed) + 0.5);
    }
    const { stages, ranges } = await until(canvas, ({ ranges }) => (ranges.frame?.count ?? 0) > 5);
    for (const stage of STAGES) expect(stages?.[stage].gpu?.clock, stage).toBe('completed');
    // With WebGL2, the GPU has no work until the model has run.
    const [clock, inference] =
      backend === 'webgpu' ? ['completed', stages?.inference.gpu] : ['cpu', stages?.inference.cpu];
    expect(ranges.inference?.clock).toBe(clock);
    expect(ranges.inference?.p50).toBeCloseTo(inference?.p50 ?? Number.NaN);
  });

  test('frames that reuse a mask are counted, and the wait in the queue is measured', async () => {
    const created = await create({ backend, quality: { framesPerSegmentation: 2 }, worker: false });
    const canvas = await paintScene(320, 180);
    const process = async () => (await created.processFrame(canvas, { frameRate: 30 })).image.close();
    for (let frame = 0; frame < 10; frame += 1) await process();
    const { frames, framesPerMask, memory, queue, stages } = await created.metrics();
    expect(memory.heap).toBeGreaterThan(1e5);
    expect(frames.segmented + frames.skipped).toBe(10);
    // On a slow machine, an outdated matte is not shown.
    if (frames.skipped > 0) expect(framesPerMask).toBeGreaterThan(1);
    expect(stages?.inference.cpu.count).toBe(frames.segmented);
    expect(stages?.composite.cpu.count).toBe(10);
    await Promise.all([1, 2, 3, 4].map(process));
    expect((await created.metrics()).queue?.p99).toBeGreaterThan(queue?.p50 ?? Number.NaN);
  });

  test('timing: off reports no timings, but counts frames', async () => {
    const created = await create({ backend, timing: 'off', worker: false });
    let received = 0;
    created.addEventListener('metrics', () => {
      received += 1;
    });
    const seen = observe();
    const canvas = await paintScene(320, 180);
    const start = performance.now();
    while (performance.now() - start < 2500) await run(canvas, 1);
    expect(received).toBe(0);
    expect(await seen.end()).toEqual([]);
    const { stages, queue, ranges, frames } = await created.metrics();
    expect([stages, queue, ranges.frame, ranges.inference]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(frames.segmented).toBe(frames.processed);
    expect(frames.processed).toBeGreaterThan(0);
  });

  test('profilers see every stage at its time, and entries do not accumulate', async () => {
    await create({ backend, worker: false });
    const seen = observe();
    const canvas = await paintScene(320, 180);
    await run(canvas, 10);
    // Without a GPU there is one clock.
    if (backend !== 'cpu') await until(canvas, ({ stages }) => !!stages?.composite.gpu);
    await pause(200);
    const entries = await seen.end();
    const names = new Set(entries.map(({ name }) => name));
    expect(names).toEqual(new Set(['cyclorama:frame', ...STAGES.map((stage) => `cyclorama:${stage}`)]));
    const clocks = new Set(entries.map((entry) => (entry as PerformanceMeasure).detail.clock));
    expect(clocks).toContain('cpu');
    expect(clocks.size).toBeGreaterThan(1);
    const frames = entries.filter(({ name }) => name === 'cyclorama:frame');
    expect(frames.length).toBeGreaterThanOrEqual(10);
    for (const entry of entries.filter((entry) => (entry as PerformanceMeasure).detail.clock === 'cpu')) {
      // Each span lies within a frame.
      const within = frames.some(
        ({ startTime, duration }) =>
          entry.startTime >= startTime - 0.2 && entry.startTime + entry.duration <= startTime + duration + 1,
      );
      expect(within, `${entry.name} at ${entry.startTime}`).toBe(true);
    }
    expect(
      performance.getEntriesByType('measure').filter(({ name }) => name.startsWith('cyclorama')),
    ).toEqual([]);
  });

  test('a real background’s metrics reach OpenTelemetry', async () => {
    const created = await create({ backend });
    // 1 means cumulative. Some builds lack the enumeration at run time.
    const exporter = new InMemoryMetricExporter(1);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    exportMetrics(created, { meterProvider });
    let received = 0;
    created.addEventListener('metrics', () => {
      received += 1;
    });
    const canvas = await paintScene(320, 180);
    while (received < 2) await run(canvas, 1);
    await meterProvider.forceFlush();
    const metrics = exporter.getMetrics()[0]?.scopeMetrics[0]?.metrics ?? [];
    await meterProvider.shutdown();
    const points = metrics.find(
      ({ descriptor }) => descriptor.name === 'cyclorama.stage.duration',
    )?.dataPoints;
    const stages = new Set(points?.map(({ attributes }) => attributes.stage));
    expect(stages).toEqual(new Set(STAGES));
    for (const { attributes } of points ?? []) {
      expect(attributes).toMatchObject({ model: 'selfie 256x144', level: 1, backend });
    }
  });
});

/** Records the page's performance timeline. */
function observe(): { end(): Promise<PerformanceEntry[]> } {
  const entries: PerformanceEntry[] = [];
  const note = (list: PerformanceEntryList) =>
    entries.push(...list.filter(({ name }) => name.startsWith('cyclorama')));
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: 'measure' });
  return {
    async end() {
      await pause(50);
      note(observer.takeRecords());
      observer.disconnect();
      return entries;
    },
  };
}

/** Makes a method of the browser take {@link STALL} longer. Returns a function that undoes this. */
function stall<Target extends object, Name extends keyof Target & string>(
  target: Target,
  name: Name,
): () => void {
  const original = target[name] as (...args: unknown[]) => unknown;
  function stalled(this: unknown, ...args: unknown[]): unknown {
    const end = performance.now() + STALL;
    while (performance.now() < end);
    return original.apply(this, args);
  }
  target[name] = stalled as Target[Name];
  return () => {
    target[name] = original as Target[Name];
  };
}

function sum(times: Record<Stage, number>): number {
  return STAGES.reduce((whole, stage) => whole + times[stage], 0);
}
