/**
 * StageStatistics of a background for OpenTelemetry.
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

/** Whatever tells of its frames: a `VirtualBackground`, a `ChimeVideoFrameProcessor`. */
export interface MetricsSource {
  addEventListener<Type extends keyof VirtualBackgroundEvents>(
    type: Type,
    listener: (event: VirtualBackgroundEvents[Type]) => void,
    options?: AddEventListenerOptions,
  ): void;
}

/** How figures are exported; every option has a default. */
export interface ExportOptions {
  /**
   * Where the figures go.
   *
   * @default the provider that was registered with `@opentelemetry/api`
   */
  meterProvider?: MeterProvider;

  /**
   * Attributes that all figures get besides their own.
   *
   * @default none
   * @example { 'app.version': '3.1.0' }
   */
  attributes?: Attributes;

  /**
   * Whether figures name the GPU, as `cyclorama.adapter`. With enough else a GPU tells one user from another: ask yours.
   *
   * @default false
   * @example true
   */
  adapter?: boolean;
}

/** An export that is under way. */
export interface MetricsExport {
  /** Ends it. What was measured by then is still the meter provider's to send. */
  stop(): void;
}

/** Bounds of a histogram's buckets, in seconds: about three to a factor of ten, closer where a frame's time is decided. */
const BOUNDS = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.0125, 0.016, 0.02, 0.025, 0.033, 0.05,
  0.066, 0.1, 0.2, 0.5, 1,
];

/** Without a `metrics` event for so long, in milliseconds, no frames flow: there is one a second while they do. */
const STOPPED = 5_000;

const OUTCOMES = ['processed', 'hidden', 'frozen', 'raw', 'dropped'] as const satisfies (keyof FrameCounts)[];

/** What exports have counted of each source: the next one of that source goes on from there. */
const counted = new WeakMap<MetricsSource, Pick<Metrics, 'frames' | 'since'>>();

/**
 * Hands all that a background tells to OpenTelemetry, in its units (seconds and bytes). StageStatistics come with the `metrics`
 * events, so that there are none with `timing: 'off'` but errors and changes of quality.
 *
 * | instrument | what | attributes besides `model`, `level`, `backend` |
 * |---|---|---|
 * | `cyclorama.stage.duration` | histogram: one stage of one frame | `stage`, `clock` |
 * | `cyclorama.frame.duration` | histogram: from taking a frame until the GPU is done with it | |
 * | `cyclorama.frame.queue.duration` | histogram: from handing a frame in until it is taken | |
 * | `cyclorama.frames` | counter | `outcome` |
 * | `cyclorama.errors` | counter: `error` events | `code` |
 * | `cyclorama.recoveries` | counter: `recovered` events | `backend` |
 * | `cyclorama.quality.changes` | counter: `quality` events | `kind` |
 * | `cyclorama.frame.rate` | gauge: frames a second, 0 where none came for 5 s | |
 * | `cyclorama.memory.usage` | gauge | `area` |
 *
 * The counters have no other attributes than the ones that they name. `cyclorama.frames` counts each frame once: an export
 * that comes after another one of the same source adds what is new since the last event that was exported. The first one
 * of a source adds, with its first event, all frames since the source's worker was started.
 *
 * @throws {CycloramaError} `option` for what has no events, or options that are none
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
  const whole = histogram('cyclorama.frame.duration', 'From taking a frame until the GPU is done with it.');
  const queue = histogram('cyclorama.frame.queue.duration', 'From handing a frame in until it is taken.');
  const frames = meter.createCounter('cyclorama.frames', {
    description: 'Frames, by what became of them.',
    unit: '{frame}',
  });
  const errors = meter.createCounter('cyclorama.errors', { description: 'Error events.', unit: '{error}' });
  const recoveries = meter.createCounter('cyclorama.recoveries', {
    description: 'Times that frames flowed again after a GPU device or a worker was lost.',
    unit: '{recovery}',
  });
  const changes = meter.createCounter('cyclorama.quality.changes', {
    description: 'Changes of how much is done for a frame.',
    unit: '{change}',
  });
  const rate = meter.createObservableGauge('cyclorama.frame.rate', {
    description: 'Frames that came out, per second.',
    unit: '{frame}/s',
  });
  const memory = meter.createObservableGauge('cyclorama.memory.usage', {
    description: 'Memory that is held.',
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
    // Another worker counts anew.
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

/** The stages that the frame went through, on each clock that they were measured by. */
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
