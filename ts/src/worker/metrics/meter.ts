import type { EngineInfo, GpuTimes } from '../../shared/engine-types.js';
import type { OutputFrame, Size } from '../../shared/frame.js';
import type { Clock, FrameCounts, FrameSample, Memory, Metrics, Timing } from '../../shared/metrics.js';
import type { QualityLevel } from '../../shared/quality.js';
import type { Stage, StageTimings } from '../../shared/stages.js';
import { RollingWindow } from './rolling-window.js';
import { StageStatistics } from './stage-statistics.js';
import { TimingSampler } from './timing-sampler.js';
import { showFrame, showStages, showStagesBefore } from './user-timing.js';

/** Maximum number of frames that wait for their last timings. Beyond it, the oldest sample is reported incomplete. */
const MAX_OPEN = 16;

/** Maximum gap between two frames, in milliseconds. A longer one means that frames had stopped, such as during a suspend. */
const MAX_PAUSE = 1_000;

/** The conditions under which frames are processed. */
export interface Conditions {
  readonly info: EngineInfo;
  readonly level: QualityLevel;
  /** Position of the level, from 1. */
  readonly number: number;
}

/** Frames processed under the same conditions, and their statistics. */
export interface Load {
  readonly conditions: Conditions;
  readonly size: Size;
  readonly model: string;
  readonly statistics: StageStatistics;
}

/** The data of a processed frame when its output is ready. All times are in milliseconds of `performance.now()`. */
export interface Made {
  readonly load: Load;
  /** The engine's number of the frame. */
  readonly number: number;
  readonly segmented: boolean;
  readonly cpu: StageTimings;
  readonly completed: StageTimings | undefined;
  /** When the frame was submitted, and when its processing started. */
  readonly submitted: number;
  readonly started: number;
  /** How its GPU time is measured. */
  readonly clock: Clock;
}

/** A frame that still waits for timings. */
export interface OpenFrame {
  readonly made: Made;
  readonly sample: FrameSample;
  /** When the GPU finished it. */
  done: number | undefined;
  /** Whether its GPU timestamps have arrived, were not requested, or will not arrive. */
  timed: boolean;
  /** Whether the sample can be reported. */
  settled: boolean;
}

/** Collects {@link Metrics}, and adds each frame to the User Timing entries of profilers. */
export class Meter {
  readonly #timing: Timing;
  readonly #sampler: TimingSampler;
  readonly #frames: FrameCounts = {
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
  };
  readonly #since = performance.timeOrigin + performance.now();
  /** Output times of the frames since the last gap. */
  #outs = new RollingWindow();
  #load: Load | undefined;
  /** In processing order. */
  #open: OpenFrame[] = [];
  #samples: FrameSample[] = [];

  constructor(timing: Timing) {
    this.#timing = timing;
    this.#sampler = new TimingSampler(timing);
  }

  /** Whether stages are timed. */
  get on(): boolean {
    return this.#timing !== 'off';
  }

  /** Counts a submitted frame. */
  arrive(): void {
    this.#frames.in += 1;
  }

  /** Counts a dropped frame. */
  drop(): void {
    this.#frames.dropped += 1;
  }

  /** Counts a failed frame. */
  fail(): void {
    this.#frames.failed += 1;
  }

  /** Counts an output frame. */
  leave(outcome: OutputFrame['outcome'], now: number): void {
    this.#frames.out += 1;
    this.#frames[outcome] += 1;
    if (now - this.#outs.newest > MAX_PAUSE) this.#outs = new RollingWindow();
    this.#outs.push(now);
  }

  /** Restarts the statistics. Call it when the conditions change. */
  restart(): void {
    this.#load = undefined;
  }

  /** Stops waiting for timings. Call it when the engine is lost. */
  forget(): void {
    this.restart();
    for (const frame of this.#open) frame.settled = true;
    this.#flush();
  }

  /** Returns the load of frames of this size. Calls `conditions` only after {@link restart}. */
  load(size: Size, conditions: () => Conditions): Load {
    const load = this.#load;
    if (load && load.size.width === size.width && load.size.height === size.height) return load;
    const known = load?.conditions ?? conditions();
    const { family, width, height } = known.info.model;
    const model = `${family} ${width}x${height}`;
    this.#load = {
      conditions: known,
      size,
      model,
      statistics: new StageStatistics(known.info.backend !== 'webgpu'),
    };
    return this.#load;
  }

  /** Selects how the GPU time of the next frame is measured; see {@link TimingSampler.next}. */
  clock({ conditions }: Load, reused: boolean, now: number): Clock {
    const { backend, timestamps } = conditions.info;
    // On backend `cpu` nothing waits for a GPU, so a wait would measure the same.
    if (backend === 'cpu' && this.#timing !== 'completed') return 'cpu';
    return this.#sampler.next(timestamps, reused, now);
  }

  /** Whether timing slowed the frame down, so that its total time is not representative. */
  slowed(clock: Clock): boolean {
    return clock === 'completed' && this.#timing !== 'completed';
  }

  /** Records a frame whose output is ready. Call {@link finish} when the GPU has finished it. */
  record(made: Made): OpenFrame | undefined {
    const { load, segmented, cpu, completed, submitted, started, clock } = made;
    this.#frames[segmented ? 'segmented' : 'skipped'] += 1;
    load.statistics.masks.push(segmented ? 1 : 0);
    if (!this.on) return undefined;
    const stages = stageTimes(cpu);
    const queue = started - submitted;
    load.statistics.record(stages, segmented, queue);
    const sample: FrameSample = {
      time: performance.timeOrigin + started,
      segmented,
      queue,
      cpu: stages,
      width: load.size.width,
      height: load.size.height,
      model: load.model,
      backend: load.conditions.info.backend,
      level: load.conditions.number,
    };
    const open: OpenFrame = { made, sample, done: undefined, timed: clock !== 'gpu', settled: false };
    if (completed) this.#join(open, stageTimes(completed), 'completed');
    // With a wait after each stage, the stages are consecutive on the GPU too.
    if (completed) showStages(stageTimes(completed), started, 'completed');
    else showStages(stages, started, 'cpu');
    this.#open.push(open);
    const [oldest] = this.#open;
    if (oldest && this.#open.length > MAX_OPEN) this.abandon(oldest);
    return open;
  }

  /** Completes a frame that the GPU finished at `done`. `times` are the GPU times that have arrived, of this or of other frames. */
  finish(frame: OpenFrame, done: number, times: readonly GpuTimes[]): void {
    const { started, clock, load } = frame.made;
    frame.done = done;
    showFrame(started, done);
    if (!this.slowed(clock)) {
      frame.sample.frame = done - started;
      load.statistics.frame.push(done - started);
    }
    this.collect(times);
  }

  /** Stops waiting for the timings of a frame. */
  abandon(frame: OpenFrame): void {
    frame.settled = true;
    this.#flush();
  }

  /** Records GPU times. They arrive in frame order, so no times arrive for older frames any more. */
  collect(times: readonly GpuTimes[]): void {
    for (const { number, ...found } of times) {
      const stages = known(found);
      for (const frame of this.#open) {
        if (frame.made.number > number || frame.timed) continue;
        frame.timed = true;
        if (frame.made.number !== number) continue;
        this.#join(frame, stages, 'gpu');
        showStagesBefore(stages, frame.done ?? performance.now(), 'gpu');
      }
    }
    this.#flush();
  }

  /** Returns the samples that were completed since the last call. */
  takeSamples(): FrameSample[] {
    const samples = this.#samples;
    this.#samples = [];
    return samples;
  }

  /** Returns the current metrics. */
  report({ info, level, number }: Conditions, memory: Memory): Metrics {
    const { adapter, fallbackAdapter, backend, model, precision, timestamps } = info;
    const { refinement, framesPerSegmentation, outputScale } = level;
    const statistics = this.#load?.statistics;
    return {
      stages: statistics?.stages(),
      ranges: statistics?.ranges() ?? { inference: undefined, segmentation: undefined, frame: undefined },
      queue: statistics?.queue.describe('cpu'),
      frames: { ...this.#frames },
      since: this.#since,
      framesPerMask: statistics?.framesPerMask,
      framesPerSecond: rate(this.#outs),
      memory,
      model: { ...model },
      adapter,
      fallbackAdapter,
      backend,
      precision,
      timestamps,
      quality: { refinement, framesPerSegmentation, outputScale, level: number },
    };
  }

  #join(
    { made, sample }: OpenFrame,
    times: Partial<Record<Stage, number>>,
    clock: 'gpu' | 'completed',
  ): void {
    sample.gpu = times;
    sample.gpuClock = clock;
    made.load.statistics.join(times, made.segmented, clock);
  }

  /** Moves completed frames to the samples, in order. */
  #flush(): void {
    for (const frame of this.#open) frame.settled ||= frame.timed && frame.done !== undefined;
    const waiting = this.#open.findIndex(({ settled }) => !settled);
    const ready = this.#open.splice(0, waiting < 0 ? this.#open.length : waiting);
    this.#samples.push(...ready.map(({ sample }) => sample));
  }
}

/** Removes the stages without a time. */
function known(times: Omit<GpuTimes, 'number'>): Partial<Record<Stage, number>> {
  return Object.fromEntries(Object.entries(times).filter(([, time]) => time !== undefined));
}

function stageTimes(times: StageTimings): Record<Stage, number> {
  const { total: _, ...stages } = times;
  return stages;
}

/** Number of entries per second. */
function rate(times: RollingWindow): number {
  const span = times.newest - times.oldest;
  return span > 0 ? ((times.count - 1) * 1000) / span : 0;
}
