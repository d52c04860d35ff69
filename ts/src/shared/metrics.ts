import type { EngineInfo } from './engine-types.js';
import type { QualityLevel } from './quality.js';
import type { Stage } from './stages.js';

/**
 * The clock of a measurement:
 * - `cpu`: wall-clock time of the thread until a stage's work was submitted to the GPU, which may finish later. Work on the CPU is
 *   complete by then: `preprocess`, `inference` and `refine` on backend `webgl`, all stages on `cpu`.
 * - `gpu`: GPU timestamps, which are read without waiting. Browsers round them, Chromium to 0.1 ms.
 * - `completed`: wall-clock time of the thread until the GPU finished. Waiting after each stage lowers the frame rate. Backend `webgl`
 *   has no notification, so the package polls every few milliseconds.
 */
export type Clock = 'cpu' | 'gpu' | 'completed';

/** Statistics of one measurement over the last 300 frames that have it, in milliseconds. */
export interface Distribution {
  /** The clock of the measurement. */
  clock: Clock;
  /** Number of values. */
  count: number;
  last: number;
  mean: number;
  /** Median. Like the other percentiles, it is one of the values (nearest rank). */
  p50: number;
  /** 95th percentile. */
  p95: number;
  /** 99th percentile. */
  p99: number;
}

/** Timings of one stage. Frames that skip the stage because they reuse a matte do not count. */
export interface StageMetrics {
  /** The thread's time. */
  cpu: Distribution;
  /**
   * Time on the GPU, by clock `gpu` or `completed`. `undefined` before the first measurement, and on backend `cpu` unless `timing` is
   * `completed`. Timestamps exist only for GPU passes of the package: not for `output`, and for `import` only if video frames stay on
   * the GPU.
   */
  gpu: Distribution | undefined;
}

/** The three ranges in which segmentation speed is usually compared. */
export interface Ranges {
  /** The model alone: range (a) in published tables. */
  inference: Distribution | undefined;
  /** Preprocessing and the model: range (b). Without readback from the GPU. */
  segmentation: Distribution | undefined;
  /**
   * The whole frame, from the start of its processing until the output is ready and the GPU has finished: range (c), by clock
   * `completed`. On backend `webgl` without a worker, the measurement does not wait for the GPU while the page is hidden.
   * Frames with a wait after each stage do not count, unless `timing: 'completed'` waits for all.
   */
  frame: Distribution | undefined;
}

/** Frame counts since {@link Metrics.since}. */
export interface FrameCounts {
  /** Submitted frames. */
  in: number;
  /** Output frames: the sum of `processed`, `hidden`, `frozen` and `raw`. */
  out: number;
  /** Output frames with the effect. */
  processed: number;
  /** Placeholder frames. */
  hidden: number;
  /** Repetitions of the last processed frame, because of `onFailure: 'freeze'`. */
  frozen: number;
  /** Raw camera frames, because of `effect: { kind: 'none' }` or `onFailure: 'passthrough'`. */
  raw: number;
  /** Frames of a stream that were replaced by newer ones, or had no consumer. `in` does not include those replaced before processing. */
  dropped: number;
  /** Frames whose processing failed. They also count as `hidden`, `frozen` or `raw`. */
  failed: number;
  /** Processed frames that were segmented. */
  segmented: number;
  /** Processed frames that reused the matte of an earlier frame. */
  skipped: number;
}

/** Memory use in bytes. `undefined` if unknown. */
export interface Memory {
  /** Memory of the WebAssembly module, which all instances in a thread use together. */
  wasm: number | undefined;
  /** GPU memory reserved for models. A model on the CPU is part of `wasm`. */
  model: number | undefined;
  /** JavaScript heap of the page, with `worker: false`. Only Chromium reports it, and not for workers. */
  heap: number | undefined;
}

/** Timings, frame counts, memory and configuration of an instance. */
export interface Metrics {
  /**
   * Timings of each stage. These and `ranges` restart when the effect, model, quality level, frame size or engine changes. `undefined`
   * before the first frame, and with `timing: 'off'`.
   */
  stages: Record<Stage, StageMetrics> | undefined;
  ranges: Ranges;
  /**
   * Time that frames waited from their submission to the start of their processing. They wait for earlier frames, and for the GPU,
   * which has at most two frames at a time.
   */
  queue: Distribution | undefined;
  frames: FrameCounts;
  /**
   * When the counting of `frames` started, in milliseconds since 1970. A different value means that the counts restarted at 0, such as
   * after a restart of the worker.
   */
  since: number;
  /** Number of frames per segmentation, over the last 300. `undefined` without a segmented frame. */
  framesPerMask: number | undefined;
  /** Output frames per second, over the last 300. */
  framesPerSecond: number;
  memory: Memory;
  /** The model in use: its family and the size of its input in pixels. */
  model: EngineInfo['model'];
  /** Name of the GPU, or of the CPU's instruction set on backend `cpu`. */
  adapter: string;
  /** Whether the browser emulates the GPU on the CPU. `false` on backend `cpu`, which uses no GPU. */
  fallbackAdapter: boolean;
  /** The backend in use. */
  backend: EngineInfo['backend'];
  /** Precision of the model's weights. */
  precision: EngineInfo['precision'];
  /** Whether the GPU supports timestamps. */
  timestamps: boolean;
  /** The quality level in use and its position, from 1 for the level with the most work. */
  quality: Omit<QualityLevel, 'model'> & { level: number };
}

/** Timings of one processed frame, in milliseconds. */
export interface FrameSample {
  /** When its processing started, in milliseconds since 1970. */
  time: number;
  /** Whether it was segmented. Otherwise it reused the matte of an earlier frame. */
  segmented: boolean;
  /** Time in the queue, as {@link Metrics.queue}. */
  queue: number;
  /** Time of the whole frame, as {@link Ranges.frame}. Missing if that does not count it, or if the engine was lost meanwhile. */
  frame?: number;
  /** Timings by clock `cpu`. 0 for a skipped stage. */
  cpu: Record<Stage, number>;
  /** GPU timings. Missing if they were not measured, or have not arrived. */
  gpu?: Partial<Record<Stage, number>>;
  /** The clock of `gpu`. */
  gpuClock?: 'gpu' | 'completed';
  /** Width of the camera frame, in pixels. */
  width: number;
  /** Height of the camera frame, in pixels. */
  height: number;
  /** The model: its family and the size of its input, such as `selfie 256x144`. */
  model: string;
  /** The backend that processed the frame. A recovery may change it later. */
  backend: EngineInfo['backend'];
  /** Position of the quality level, as in {@link Metrics.quality}. */
  level: number;
}

/** The detail of a `metrics` event. */
export interface MetricsReport extends Metrics {
  /** The processed frames whose timings were completed since the last event. */
  samples: readonly FrameSample[];
}

/**
 * The way in which stages are timed:
 * - `off`: not at all.
 * - `auto`: GPU timestamps of one frame in seven. If the GPU has no timestamps, about one frame per second waits for the GPU after each
 *   stage.
 * - `every`: like `auto`, with the timestamps of every frame. For benchmarks.
 * - `completed`: every frame waits for the GPU after each stage.
 *
 * @useDeclaredType
 */
export type Timing = (typeof TIMINGS)[number];

/** All values of {@link Timing}. */
export const TIMINGS = ['off', 'auto', 'every', 'completed'] as const;
