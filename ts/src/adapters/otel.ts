/**
 * Metrics of a background for OpenTelemetry.
 *
 * @module cyclorama/otel
 */

import {
  type Attributes,
  type Histogram,
  type MeterProvider,
  metrics,
  type ObservableResult,
} from '@opentelemetry/api';
import type { VirtualBackgroundEvents } from '../page/virtual-background.js';
import type { FrameCounts, FrameSample, Metrics, MetricsReport } from '../shared/metrics.js';
import { MASK_STAGES, STAGES } from '../shared/stages.js';
import { guard, invalid, isRecord, takeOptions } from '../shared/validation.js';

/** A source of metrics: a `VirtualBackground` or a `ChimeVideoFrameProcessor`. */
export interface MetricsSource {
  addEventListener<Type extends keyof VirtualBackgroundEvents>(
    type: Type,
    listener: (event: VirtualBackgroundEvents[Type]) => void,
    options?: AddEventListenerOptions,
  ): void;
}

/** Options of an export. Every option has a default. */
export interface ExportOptions {
  /**
   * Selects the meter provider that receives the metrics.
   *
   * @default the provider that was registered with `@opentelemetry/api`
   */
  meterProvider?: MeterProvider;

  /**
   * Adds attributes to all metrics, in addition to the metrics' own.
   *
   * @default none
   * @example { 'app.version': '3.1.0' }
   */
  attributes?: Attributes;

  /**
   * Adds the GPU's name as the attribute `cyclorama.adapter`. Disabled by default, because a GPU helps to
   * identify users: obtain their consent.
   *
   * @default false
   * @example true
   */
  adapter?: boolean;
}

/** A running export. */
export interface MetricsExport {
  /** Stops the export. The meter provider still sends what was measured before. */
  stop(): void;
}

/** Histogram buckets in seconds: about three per factor of ten, and more around typical frame times. */
const BOUNDS = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.0125, 0.016, 0.02, 0.025, 0.033, 0.05,
  0.066, 0.1, 0.2, 0.5, 1,
];

/**
 * Time without a `metrics` event after which the frame rate is 0, in milliseconds. While frames flow, the
 * event is dispatched once per second.
 */
const STOPPED = 5_000;

const OUTCOMES = ['processed', 'hidden', 'frozen', 'raw', 'dropped'] as const satisfies (keyof FrameCounts)[];

/** The exported counts of each source, from which the next export of that source continues. */
const counted = new WeakMap<MetricsSource, Pick<Metrics, 'frames' | 'since'>>();

/**
 * Exports the metrics of a background to OpenTelemetry, in seconds and bytes. Most of them depend on
 * `metrics` events, so with `timing: 'off'` only errors, recoveries and quality changes are exported.
 *
 * | instrument | content | attributes in addition to `model`, `level`, `backend` |
 * |---|---|---|
 * | `cyclorama.stage.duration` | histogram: one stage of one frame | `stage`, `clock` |
 * | `cyclorama.frame.duration` | histogram: from the start of a frame's processing until the GPU has finished it | |
 * | `cyclorama.frame.queue.duration` | histogram: from a frame's submission until its processing starts | |
 * | `cyclorama.frames` | counter | `outcome` |
 * | `cyclorama.errors` | counter: `error` events | `code` |
 * | `cyclorama.recoveries` | counter: `recovered` events | `backend` |
 * | `cyclorama.quality.changes` | counter: `quality` events | `kind` |
 * | `cyclorama.frame.rate` | gauge: frames per second, 0 after 5 s without frames | |
 * | `cyclorama.memory.usage` | gauge | `area` |
 *
 * The counters have only the attributes in the table. `cyclorama.frames` counts each frame once, even if a
 * source is exported several times in a row. The first export of a source starts with all frames since its
 * worker started.
 *
 * @throws {CycloramaError} `option` if `source` has no events, or for invalid options
 * @example
 * const exported = exportMetrics(background, { attributes: { 'app.version': '3.1.0' } });
 */
export function exportMetrics(source: MetricsSource, options?: ExportOptions): MetricsExport {
  if (!isRecord(source) || !guard('source', () => typeof source.addEventListener === 'function')) {
    throw invalid('source', source, 'a background or a processor');
  }
  const own = takeOptions(options, ['meterProvider', 'attributes', 'adapter']);
  const meter = (own.meterProvider ?? metrics.getMeterProvider()).getMeter('cyclorama');
  const histogram = (name: string, description: string) =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: BOUNDS } });
  const stages = histogram('cyclorama.stage.duration', 'One stage of one frame.');
  const whole = histogram(
    'cyclorama.frame.duration',
    'From the start of processing until the GPU has finished.',
  );
  const queue = histogram('cyclorama.frame.queue.duration', 'From submission until processing starts.');
  const frames = meter.createCounter('cyclorama.frames', {
    description: 'Frames by outcome.',
    unit: '{frame}',
  });
  const errors = meter.createCounter('cyclorama.errors', { description: 'Error events.', unit: '{error}' });
  const recoveries = meter.createCounter('cyclorama.recoveries', {
    description: 'Recoveries after a GPU device or a worker was lost.',
    unit: '{recovery}',
  });
  const changes = meter.createCounter('cyclorama.quality.changes', {
    description: 'Changes of the quality level.',
    unit: '{change}',
  });
  const rate = meter.createObservableGauge('cyclorama.frame.rate', {
    description: 'Output frames per second.',
    unit: '{frame}/s',
  });
  const memory = meter.createObservableGauge('cyclorama.memory.usage', {
    description: 'Memory in use.',
    unit: 'By',
  });

  const listening = new AbortController();
  let common: Attributes = { ...own.attributes };
  let last: { report: MetricsReport; at: number } | undefined;
  let counts = counted.get(source);

  const listen: MetricsSource['addEventListener'] = (type, listener) =>
    source.addEventListener(type, listener, { signal: listening.signal });
  listen('metrics', ({ detail }) => {
    const { adapter, frames: now, since } = detail;
    common = { ...own.attributes, ...(own.adapter && { 'cyclorama.adapter': adapter }) };
    for (const sample of detail.samples) {
      const of = { ...common, model: sample.model, level: sample.level, backend: sample.backend };
      recordStages(stages, sample, of);
      if (sample.frame !== undefined) whole.record(sample.frame / 1000, of);
      queue.record(sample.queue / 1000, of);
    }
    // Counts restart with each worker.
    const before = counts?.since === since ? counts.frames : undefined;
    for (const outcome of OUTCOMES) {
      const more = now[outcome] - (before?.[outcome] ?? 0);
      if (more > 0) frames.add(more, { ...common, outcome });
    }
    counts = { frames: now, since };
    counted.set(source, counts);
    last = { report: detail, at: performance.now() };
  });
  listen('error', ({ detail }) => errors.add(1, { ...common, code: detail.code }));
  listen('recovered', ({ detail }) => recoveries.add(1, { ...common, backend: detail.backend }));
  listen('quality', ({ detail }) => changes.add(1, { ...common, kind: detail.kind }));

  const observeRate = (result: ObservableResult) => {
    if (!last) return;
    const flows = performance.now() - last.at < STOPPED;
    result.observe(flows ? last.report.framesPerSecond : 0, common);
  };
  const observeMemory = (result: ObservableResult) => {
    for (const [area, bytes] of Object.entries(last?.report.memory ?? {})) {
      if (bytes !== undefined) result.observe(bytes, { ...common, area });
    }
  };
  rate.addCallback(observeRate);
  memory.addCallback(observeMemory);

  return {
    stop() {
      listening.abort();
      rate.removeCallback(observeRate);
      memory.removeCallback(observeMemory);
    },
  };
}

/** Records the stages of a frame, on each clock that measured them. */
function recordStages(histogram: Histogram, sample: FrameSample, attributes: Attributes): void {
  const { cpu, gpu = {}, gpuClock } = sample;
  for (const stage of STAGES) {
    if (!sample.segmented && MASK_STAGES.includes(stage)) continue;
    histogram.record(cpu[stage] / 1000, { ...attributes, stage, clock: 'cpu' });
    const onGpu = gpu[stage];
    if (gpuClock && onGpu !== undefined) {
      histogram.record(onGpu / 1000, { ...attributes, stage, clock: gpuClock });
    }
  }
}
