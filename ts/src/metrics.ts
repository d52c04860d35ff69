import type { EngineInfo } from './engine.js';
import type { OutputFrame } from './frame.js';
import type { Rung } from './quality.js';

/** The stages of a frame's way, in order, and their sum with all that lies between. */
export const STAGES = [
  'import',
  'preprocess',
  'inference',
  'refine',
  'composite',
  'output',
  'total',
] as const;

/** A stage of a frame's way from camera to screen. */
export type Stage = (typeof STAGES)[number];

/** What each stage of one frame took, in milliseconds. */
export type StageTimes = Record<Stage, number>;

/**
 * What a time measures:
 * - `encode`: the wall clock around the calls that hand a stage's work to the GPU, which may finish it later;
 * - `completed`: the wall clock until the GPU has done a stage's work. Waiting for it costs frames per second.
 */
export type Clock = 'encode' | 'completed';

/** A stage's times over the last {@link WINDOW} frames, in milliseconds. */
export interface StageMetrics {
  /** What the times measure. */
  clock: Clock;
  last: number;
  median: number;
  /** 95 of 100 frames took at most this long. */
  p95: number;
}

/** What became of the frames, since the start. */
export interface FrameCounts {
  /** Frames handed in. */
  in: number;
  /** Frames that came out with the effect. */
  processed: number;
  /** Frames in whose place the hiding picture came out. */
  hidden: number;
  /** Frames in whose place the last good picture came out again, as `onFailure: 'freeze'` asks. */
  frozen: number;
  /** Frames that came out as the camera gave them, as `effect: { kind: 'none' }` or `onFailure: 'passthrough'` ask. */
  raw: number;
  /** Frames of a stream that gave way to newer ones, or that nobody took. */
  dropped: number;
  /** Frames that met an error; each of them was hidden too, frozen, or came out raw. */
  failed: number;
}

/** Where the work is done and how long it takes. */
export interface Metrics {
  /** Each stage's times; `undefined` before the first frame. */
  stages: Record<Stage, StageMetrics> | undefined;
  frames: FrameCounts;
  /** Frames that came out, per second, over the last {@link WINDOW} of them. */
  framesPerSecond: number;
  /** The network at work: its family and the size of its input in pixels. */
  model: EngineInfo['model'];
  /** The GPU's name. */
  adapter: string;
  /** True where the browser emulates a GPU on the CPU. */
  fallbackAdapter: boolean;
  /** What the frames run on. */
  backend: EngineInfo['backend'];
  /** How much is done for a frame. */
  quality: Omit<Rung, 'model'>;
}

/** How many frames the figures of {@link Metrics} look back on. */
export const WINDOW = 120;

/** Collects what {@link Metrics} reports. */
export class Meter {
  readonly frames: FrameCounts = {
    in: 0,
    processed: 0,
    hidden: 0,
    frozen: 0,
    raw: 0,
    dropped: 0,
    failed: 0,
  };
  #clock: Clock = 'encode';
  readonly #times = new Map<Stage, number[]>(STAGES.map((stage) => [stage, []]));
  readonly #done: number[] = [];

  /** Notes what each stage of a frame took. */
  record(times: StageTimes, clock: Clock): void {
    this.#clock = clock;
    for (const [stage, window] of this.#times) push(window, times[stage]);
  }

  /** Notes that a frame came out at `now`, in milliseconds. */
  count(outcome: OutputFrame['outcome'], now: number): void {
    this.frames[outcome] += 1;
    push(this.#done, now);
  }

  /** The figures of now; `info` names what they were measured on, `rung` how much is done for a frame. */
  report(info: EngineInfo, rung: Rung): Metrics {
    const { adapter, fallbackAdapter, backend, model } = info;
    const { refinement, framesPerSegmentation, effectScale } = rung;
    return {
      stages: this.#stages(),
      frames: { ...this.frames },
      framesPerSecond: rate(this.#done),
      model: { ...model },
      adapter,
      fallbackAdapter,
      backend,
      quality: { refinement, framesPerSegmentation, effectScale },
    };
  }

  #stages(): Metrics['stages'] {
    const entries: [Stage, StageMetrics][] = [];
    for (const [stage, window] of this.#times) {
      const last = window.at(-1);
      if (last === undefined) return undefined;
      const sorted = window.toSorted((a, b) => a - b);
      entries.push([
        stage,
        { clock: this.#clock, last, median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) },
      ]);
    }
    return Object.fromEntries(entries) as Record<Stage, StageMetrics>;
  }
}

function push(window: number[], value: number): void {
  window.push(value);
  if (window.length > WINDOW) window.shift();
}

/** The smallest of the values that a share of `q` of them does not exceed (nearest rank). */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? Number.NaN;
}

function rate(times: readonly number[]): number {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || last <= first) return 0;
  return ((times.length - 1) * 1000) / (last - first);
}
