import type { EngineInfo } from './engine-types.js';
import type { QualityLevel } from './quality.js';
import type { Stage } from './stages.js';

/**
 * What a time was measured by:
 * - `cpu`: the wall clock of the thread, until a stage's work was handed to the GPU, which may finish it later. Where the
 *   network runs on the processor (backend `webgl`) that is all of `preprocess`, `inference` and `refine`;
 * - `gpu`: timestamps that the GPU wrote as it worked, without anybody waiting for them. Browsers round them, Chromium to
 *   0.1 ms;
 * - `completed`: the wall clock of the thread until the GPU was done. Waiting after each stage costs frames per second.
 *   On backend `webgl`, where nobody tells of that, it is looked at every few milliseconds.
 */
export type Clock = 'cpu' | 'gpu' | 'completed';

/** The values of one figure over the last 300 frames that had it, in milliseconds. */
export interface Distribution {
  /** What the values were measured by. */
  clock: Clock;
  /** How many values these are. */
  count: number;
  last: number;
  mean: number;
  /** Of 100 values 50, 95 and 99 are at most this; each is one of the values (nearest rank). */
  p50: number;
  p95: number;
  p99: number;
}

/** One stage. Frames that it was left out of, as they were shown under the matte of one before, do not count. */
export interface StageMetrics {
  /** The time of the thread. */
  cpu: Distribution;
  /**
   * The time on the GPU, by `gpu` or `completed`; `undefined` before the first, and by timestamps for what is no pass of
   * ours: `output`, and `import` but for video frames that stay on the GPU.
   */
  gpu: Distribution | undefined;
}

/** The three ranges that segmentation is compared by. */
export interface Ranges {
  /** The network alone: (a) in the tables of the field. */
  inference: Distribution | undefined;
  /** Preprocessing and the network: (b). Nothing is read back from the GPU. */
  segmentation: Distribution | undefined;
  /**
   * The whole frame, from taking it until its picture is out and the GPU is done: (c), by `completed`; on backend `webgl`
   * without a worker the GPU is not waited for while the page is hidden. Frames that were
   * waited for after each stage do not count, unless `timing: 'completed'` has all of them so.
   */
  frame: Distribution | undefined;
}

/** What became of the frames, since {@link Metrics.since}. */
export interface FrameCounts {
  /** Frames handed in. */
  in: number;
  /** Pictures that came out: `processed`, `hidden`, `frozen` and `raw` together. */
  out: number;
  /** Frames that came out with the effect. */
  processed: number;
  /** Frames in whose place the hiding picture came out. */
  hidden: number;
  /** Frames in whose place the last good picture came out again, as `onFailure: 'freeze'` asks. */
  frozen: number;
  /** Frames that came out as the camera gave them, as `effect: { kind: 'none' }` or `onFailure: 'passthrough'` ask. */
  raw: number;
  /** Frames of a stream that gave way to newer ones, or that nobody took; they are not in `in`. */
  dropped: number;
  /** Frames that met an error; each of them was hidden too, frozen, or came out raw. */
  failed: number;
  /** Processed frames that a mask was made of. */
  segmented: number;
  /** Processed frames that were shown under the matte of one before. */
  skipped: number;
}

/** Memory that is held, in bytes; `undefined` where nobody tells. */
export interface Memory {
  /** The wasm module's, which all backgrounds of a thread share. */
  wasm: number | undefined;
  /** What is reserved on the GPU for networks; on the processor they lie in the module's. */
  model: number | undefined;
  /** JavaScript's, of a page that frames are made on (`worker: false`); only Chromium tells, and of no worker. */
  heap: number | undefined;
}

/** Where the work is done and how long it takes. */
export interface Metrics {
  /**
   * Each stage's times. They and the ranges begin anew where frames become other work: with another effect, network,
   * level, size or engine. `undefined` before the first frame, and with `timing: 'off'`.
   */
  stages: Record<Stage, StageMetrics> | undefined;
  ranges: Ranges;
  /**
   * How long frames waited from being handed to where they are made until they were taken: for frames before them, and
   * for the GPU, which has two at most.
   */
  queue: Distribution | undefined;
  frames: FrameCounts;
  /**
   * When the counting of `frames` began, in milliseconds since 1970. Another value says that they began at 0 again, as they
   * do where a worker is started in place of one that has ended.
   */
  since: number;
  /** How many frames share a mask, over the last 300; `undefined` where none was made. */
  framesPerMask: number | undefined;
  /** Frames that came out, per second, over the last 300 of them. */
  framesPerSecond: number;
  memory: Memory;
  /** The network at work: its family and the size of its input in pixels. */
  model: EngineInfo['model'];
  /** The GPU's name. */
  adapter: string;
  /** True where the browser emulates a GPU on the CPU. */
  fallbackAdapter: boolean;
  /** What the frames run on. */
  backend: EngineInfo['backend'];
  /** With how many bits the network's weights are stored. */
  precision: EngineInfo['precision'];
  /** Whether the GPU can write timestamps. */
  timestamps: boolean;
  /** How much is done for a frame, and which quality level that is: 1 is the most that the quality asks for. */
  quality: Omit<QualityLevel, 'model'> & { level: number };
}

/** One processed frame's figures, in milliseconds. */
export interface FrameSample {
  /** When it was taken, in milliseconds since 1970. */
  time: number;
  /** Whether a mask was made of it; else it was shown under the matte of one before. */
  segmented: boolean;
  /** As {@link Metrics.queue}. */
  queue: number;
  /** As {@link Ranges.frame}; missing where that does not count the frame, and where the engine was lost over it. */
  frame?: number;
  /** Each stage by the thread's clock; 0 where it was left out. */
  cpu: Record<Stage, number>;
  /** Each stage until the GPU was done; missing where that was not measured, or did not come back. */
  gpu?: Partial<Record<Stage, number>>;
  /** What `gpu` was measured by. */
  gpuClock?: 'gpu' | 'completed';
  /** The camera's picture, in pixels. */
  width: number;
  height: number;
  /** The network: its family and the size of its input, as `selfie 256x144`. */
  model: string;
  /** What it ran on, which may be another backend by now. */
  backend: EngineInfo['backend'];
  /** As in {@link Metrics.quality}. */
  level: number;
}

/** What a `metrics` event tells. */
export interface MetricsReport extends Metrics {
  /** The processed frames whose figures were all there since the last event. */
  samples: readonly FrameSample[];
}

/**
 * How stages are timed:
 * - `off`: not at all;
 * - `auto`: one frame in seven by GPU timestamps; where the GPU has none, about one frame a second is waited for after
 *   each stage;
 * - `every`: as `auto`, but with the timestamps of every frame, for benchmarks;
 * - `completed`: every frame is waited for after each stage.
 *
 * @useDeclaredType
 */
export type Timing = (typeof TIMINGS)[number];

/** Every {@link Timing}. */
export const TIMINGS = ['off', 'auto', 'every', 'completed'] as const;
