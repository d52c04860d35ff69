import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { afterEach, expect, test, vi } from 'vitest';
import { exportMetrics } from '../../src/adapters/otel.js';
import { TypedEventTarget } from '../../src/page/events.js';
import type { VirtualBackgroundEvents } from '../../src/page/virtual-background.js';
import { CycloramaError } from '../../src/shared/errors.js';
import { QUALITY_LEVELS } from '../../src/shared/quality.js';
import { Meter } from '../../src/worker/metrics/meter.js';
import { conditions, gpuTimes, info, loadOf, made, SKIPPED, times } from '../fakes/frames.js';

/** The events of a background, with the reports of a real meter. */
class Source extends TypedEventTarget<VirtualBackgroundEvents> {
  meter = new Meter('auto');
  #number = 0;

  /** Records frames. Every other one reuses the matte of the frame before it. */
  frames(count: number): void {
    const load = loadOf(this.meter);
    for (let frame = 0; frame < count; frame += 1) {
      this.#number += 1;
      const number = this.#number;
      const segmented = number % 2 === 1;
      const skipped = segmented ? {} : SKIPPED;
      const open = this.meter.record(made(load, number, { segmented, cpu: { ...times(1), ...skipped } }));
      const without = segmented ? {} : { preprocess: undefined, inference: undefined, refine: undefined };
      if (open) this.meter.finish(open, number * 1000 + 45, [{ number, ...gpuTimes(2), ...without }]);
      this.meter.leave('processed', number * 1000 + 45);
    }
  }

  report(now = conditions): void {
    const memory = { wasm: 1e6, model: undefined, heap: 2e6 };
    const detail = { ...this.meter.report(now, memory), samples: this.meter.takeSamples() };
    this.dispatchEvent(new CustomEvent('metrics', { detail }));
  }
}

let provider: MeterProvider | undefined;

afterEach(async () => {
  await provider?.shutdown();
  provider = undefined;
  metrics.disable();
});

function provide(exporter: PushMetricExporter): MeterProvider {
  // The reader exports only when a test flushes it.
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  provider = new MeterProvider({ readers: [reader] });
  return provider;
}

/** Flushes the measurements, and returns the data points of each instrument. */
async function exported(exporter: InMemoryMetricExporter): Promise<Map<string, DataPoint<unknown>[]>> {
  await provider?.forceFlush();
  const scopes = exporter.getMetrics().at(-1)?.scopeMetrics ?? [];
  return new Map(
    scopes
      .filter(({ scope }) => scope.name === 'cyclorama')
      .flatMap(({ metrics }) => metrics)
      .map(({ descriptor, dataPoints }) => [`${descriptor.name} ${descriptor.unit}`, dataPoints]),
  );
}

test('a histogram has each stage of each frame by clock, model and level, in seconds', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const source = new Source();
  exportMetrics(source, { meterProvider: provide(exporter), attributes: { 'app.version': '3.1.0' } });
  source.frames(10);
  source.report();
  source.frames(10);
  source.report();
  const points = await exported(exporter);
  const stages = points.get('cyclorama.stage.duration s') as DataPoint<Histogram>[];
  const common = { 'app.version': '3.1.0', model: 'selfie 256x144', level: 1, backend: 'webgpu' };
  const found = stages.map(({ attributes, value }) => {
    const { stage, clock, ...others } = attributes;
    expect(others).toEqual(common);
    return [stage, clock, value.count, value.sum?.toFixed(6)];
  });
  expect(found.sort()).toEqual([
    ['composite', 'cpu', 20, '0.100000'],
    ['composite', 'gpu', 20, '0.200000'],
    ['import', 'cpu', 20, '0.020000'],
    ['import', 'gpu', 20, '0.040000'],
    // Frames that skipped the stage are not counted.
    ['inference', 'cpu', 10, '0.030000'],
    ['inference', 'gpu', 10, '0.060000'],
    ['output', 'cpu', 20, '0.120000'],
    ['preprocess', 'cpu', 10, '0.020000'],
    ['preprocess', 'gpu', 10, '0.040000'],
    ['refine', 'cpu', 10, '0.040000'],
    ['refine', 'gpu', 10, '0.080000'],
  ]);
  const [first] = stages;
  const { boundaries } = first?.value.buckets ?? { boundaries: [] };
  expect([boundaries[0], boundaries.at(-1)]).toEqual([0.0001, 1]);

  const [frame] = points.get('cyclorama.frame.duration s') as DataPoint<Histogram>[];
  expect(frame).toMatchObject({ attributes: common, value: { count: 20, min: 0.04, max: 0.04 } });
  const [queue] = points.get('cyclorama.frame.queue.duration s') as DataPoint<Histogram>[];
  expect(queue).toMatchObject({ attributes: common, value: { count: 20, max: 0.005 } });
});

test('frames, errors and changes are counted once, even when a new worker restarts its counts', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const source = new Source();
  exportMetrics(source, { meterProvider: provide(exporter) });
  source.frames(5);
  source.meter.leave('hidden', 0);
  source.meter.drop();
  source.report();
  source.report();
  // The new worker has counted more frames than the last one.
  source.meter = new Meter('auto');
  source.frames(8);
  source.report();
  const failure = new CycloramaError('device-lost', 'the device is gone');
  source.dispatchEvent(new CustomEvent('error', { detail: failure }));
  source.dispatchEvent(new CustomEvent('recovered', { detail: { backend: 'webgl' } }));
  const [from, to] = [QUALITY_LEVELS[0], QUALITY_LEVELS[1] ?? QUALITY_LEVELS[0]];
  for (const kind of ['too-slow', 'too-slow', 'headroom'] as const) {
    source.dispatchEvent(new CustomEvent('quality', { detail: { from, to, kind, reason: 'because' } }));
  }
  const points = await exported(exporter);
  const counts = (name: string) =>
    Object.fromEntries(
      (points.get(name) ?? []).map(({ attributes, value }) => [Object.values(attributes).join(), value]),
    );
  expect(counts('cyclorama.frames {frame}')).toEqual({ processed: 13, hidden: 1, dropped: 1 });
  expect(counts('cyclorama.errors {error}')).toEqual({ 'device-lost': 1 });
  expect(counts('cyclorama.recoveries {recovery}')).toEqual({ webgl: 1 });
  expect(counts('cyclorama.quality.changes {change}')).toEqual({ 'too-slow': 2, headroom: 1 });
});

test('an export that stops and starts again counts each frame once', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const meterProvider = provide(exporter);
  const source = new Source();
  const first = exportMetrics(source, { meterProvider });
  source.frames(5);
  source.report();
  first.stop();
  source.frames(1);
  exportMetrics(source, { meterProvider });
  source.frames(2);
  source.report();
  const processed = (await exported(exporter)).get('cyclorama.frames {frame}');
  expect(processed).toMatchObject([{ value: 8 }]);
});

test('two exports at the same time both count all frames', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const meterProvider = provide(exporter);
  const source = new Source();
  for (const to of ['one', 'other']) exportMetrics(source, { meterProvider, attributes: { to } });
  for (const count of [5, 2]) {
    source.frames(count);
    source.report();
  }
  const processed = (await exported(exporter)).get('cyclorama.frames {frame}');
  expect(processed).toMatchObject([{ value: 7 }, { value: 7 }]);
});

test('samples name the backend that produced them, even after the backend changes', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const source = new Source();
  exportMetrics(source, { meterProvider: provide(exporter) });
  source.frames(4);
  source.meter.forget();
  source.report({ ...conditions, info: { ...info, backend: 'webgl' } });
  const whole = (await exported(exporter)).get('cyclorama.frame.duration s');
  expect(whole?.map(({ attributes }) => attributes.backend)).toEqual(['webgpu']);
});

test('gauges report the current state: the frame rate is 0 after frames stop', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const source = new Source();
  exportMetrics(source, { meterProvider: provide(exporter) });
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  try {
    source.frames(3);
    source.report();
    const points = await exported(exporter);
    expect(points.get('cyclorama.frame.rate {frame}/s')).toMatchObject([{ value: 1 }]);
    expect(points.get('cyclorama.memory.usage By')).toMatchObject([
      { attributes: { area: 'wasm' }, value: 1e6 },
      { attributes: { area: 'heap' }, value: 2e6 },
    ]);
    clock.mockReturnValue(60_000);
    const later = await exported(exporter);
    expect(later.get('cyclorama.frame.rate {frame}/s')).toMatchObject([{ value: 0 }]);
  } finally {
    clock.mockRestore();
  }
});

test('the export names the GPU only on request, and records nothing after `stop`', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const meterProvider = provide(exporter);
  const [silent, named] = [new Source(), new Source()];
  const first = exportMetrics(silent, { meterProvider });
  silent.frames(2);
  silent.report();
  expect(JSON.stringify([...(await exported(exporter)).values()])).not.toContain(info.adapter);
  first.stop();
  silent.frames(2);
  silent.report();
  exportMetrics(named, { meterProvider, adapter: true });
  named.frames(3);
  named.report();
  const frames = (await exported(exporter)).get('cyclorama.frames {frame}');
  expect(frames?.map(({ attributes, value }) => [attributes['cyclorama.adapter'], value])).toEqual([
    [undefined, 2],
    [info.adapter, 3],
  ]);
});

test('the export uses the provider that the app registered by default', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  metrics.setGlobalMeterProvider(provide(exporter));
  const source = new Source();
  exportMetrics(source);
  source.frames(4);
  source.report();
  expect((await exported(exporter)).get('cyclorama.frames {frame}')).toMatchObject([{ value: 4 }]);
});

test('a collector receives all instruments over OTLP', async () => {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    bodies.push(await read(request));
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const exporter = new OTLPMetricExporter({ url: `http://127.0.0.1:${port}/v1/metrics` });
    const source = new Source();
    exportMetrics(source, { meterProvider: provide(exporter) });
    source.frames(6);
    source.report();
    await provider?.forceFlush();
  } finally {
    await provider?.shutdown();
    server.close();
  }
  const [scope] = JSON.parse(bodies[0] ?? '').resourceMetrics[0].scopeMetrics;
  expect(scope.scope.name).toBe('cyclorama');
  const sent = new Map<string, Sent>(scope.metrics.map((metric: Sent) => [metric.name, metric]));
  expect([...sent.keys()].sort()).toEqual([
    'cyclorama.frame.duration',
    'cyclorama.frame.queue.duration',
    'cyclorama.frame.rate',
    'cyclorama.frames',
    'cyclorama.memory.usage',
    'cyclorama.stage.duration',
  ]);
  const inference = sent
    .get('cyclorama.stage.duration')
    ?.histogram?.dataPoints.find(
      ({ attributes }) =>
        attribute(attributes, 'stage') === 'inference' && attribute(attributes, 'clock') === 'gpu',
    );
  expect(inference).toMatchObject({ count: 3, min: 0.006, max: 0.006 });
  expect(attribute(inference?.attributes ?? [], 'model')).toBe('selfie 256x144');
  // 6 ms is between 5 and 7.5.
  const bucket = inference?.bucketCounts.findIndex((count) => Number(count) === 3) ?? -1;
  expect(inference?.explicitBounds.slice(bucket - 1, bucket + 1)).toEqual([0.005, 0.0075]);
});

/** A metric in the JSON of OTLP. */
interface Sent {
  name: string;
  histogram?: {
    dataPoints: {
      attributes: SentAttribute[];
      bucketCounts: (number | string)[];
      explicitBounds: number[];
    }[];
  };
}

interface SentAttribute {
  key: string;
  value: { stringValue?: string };
}

function attribute(attributes: SentAttribute[], name: string): string | undefined {
  return attributes.find(({ key }) => key === name)?.value.stringValue;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return new TextDecoder().decode(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])));
}
