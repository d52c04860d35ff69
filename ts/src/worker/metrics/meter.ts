import type { EngineInfo, GpuTimes } from '../../shared/engine-types.js';
import type { OutputFrame, Size } from '../../shared/frame.js';
import type { Clock, FrameCounts, FrameSample, Memory, Metrics, Timing } from '../../shared/metrics.js';
import type { QualityLevel } from '../../shared/quality.js';
import type { Stage, StageTimings } from '../../shared/stages.js';
import { RollingWindow } from './rolling-window.js';
import { StageStatistics } from './stage-timings.js';
import { TimingSampler } from './timing-sampler.js';
import { showFrame, showStages, showStagesBefore } from './user-timing.js';

/** So many frames may be without their last figures. What came by then goes out as it is. */
const MAX_OPEN = 16;

/** After a longer time without frames, in milliseconds, they had stopped: as while the machine was suspended. */
const MAX_PAUSE = 1_000;

/** What frames are made on and with. */
export interface Conditions {
  /** Names what is at work. */
  readonly info: EngineInfo;
  /** How much is done for a frame. */
  readonly level: QualityLevel;
  /** Which of the levels's levels that is, from 1. */
  readonly number: number;
}

/** Frames that are the same work, and what they took. */
export interface Load {
  readonly conditions: Conditions;
  readonly size: Size;
  readonly model: string;
  readonly figures: StageStatistics;
}

/** What is known of a frame when its picture is out. All times are in milliseconds of `performance.now()`. */
export interface Made {
  readonly load: Load;
  /** The engine's number of the frame. */
  readonly number: number;
  readonly segmented: boolean;
  readonly cpu: StageTimings;
  readonly completed: StageTimings | undefined;
  /** When it was handed in, and when it was taken. */
  readonly handed: number;
  readonly taken: number;
  /** How its time on the GPU is taken. */
  readonly clock: Clock;
}

/** A frame whose last figures are still to come. */
export interface OpenFrame {
  readonly made: Made;
  readonly sample: FrameSample;
  /** When the GPU was done with it. */
  done: number | undefined;
  /** Whether no timestamps of it are waited for, as they are there, were not asked for or did not come. */
  timed: boolean;
  /** Whether it goes out as it is. */
  settled: boolean;
}

/** Collects what {@link Metrics} reports, and shows each frame to profilers. */
export class Meter {
  readonly #timing: Timing;
  readonly #sampling: TimingSampler;
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
  /** When frames came out, since they last stopped. */
  #outs = new RollingWindow();
  #load: Load | undefined;
  /** In the order that they were made. */
  #open: OpenFrame[] = [];
  #samples: FrameSample[] = [];

  constructor(timing: Timing) {
    this.#timing = timing;
    this.#sampling = new TimingSampler(timing);
  }

  /** Whether stages are timed at all. */
  get on(): boolean {
    return this.#timing !== 'off';
  }

  /** A frame was handed in. */
  arrive(): void {
    this.#frames.in += 1;
  }

  /** A frame gave way to a newer one. */
  drop(): void {
    this.#frames.dropped += 1;
  }

  /** A frame met an error. */
  fail(): void {
    this.#frames.failed += 1;
  }

  /** A frame came out at `now`. */
  leave(outcome: OutputFrame['outcome'], now: number): void {
    this.#frames.out += 1;
    this.#frames[outcome] += 1;
    if (now - this.#outs.newest > MAX_PAUSE) this.#outs = new RollingWindow();
    this.#outs.push(now);
  }

  /** From now on frames are other work: their figures are not to be mixed with those before. */
  restart(): void {
    this.#load = undefined;
  }

  /** Nothing more will come of the frames that are open, whose engine is gone. */
  forget(): void {
    this.restart();
    for (const frame of this.#open) frame.settled = true;
    this.#flush();
  }

  /** What frames of this size are now; `conditions` is asked only where that may have changed. */
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
      figures: new StageStatistics(known.info.backend === 'webgl'),
    };
    return this.#load;
  }

  /** How the next frame's time on the GPU is to be taken; see {@link TimingSampler.next}. */
  clock({ conditions }: Load, reused: boolean, now: number): Clock {
    return this.#sampling.next(conditions.info.timestamps, reused, now);
  }

  /** Whether a frame was slowed down by being measured, so that it tells nothing of how long frames take. */
  slowed(clock: Clock): boolean {
    return clock === 'completed' && this.#timing !== 'completed';
  }

  /** Notes a frame whose picture is out; {@link finish} is told when the GPU is done with it. */
  record(made: Made): OpenFrame | undefined {
    const { load, segmented, cpu, completed, handed, taken, clock } = made;
    this.#frames[segmented ? 'segmented' : 'skipped'] += 1;
    load.figures.masks.push(segmented ? 1 : 0);
    if (!this.on) return undefined;
    const stages = stageTimes(cpu);
    const queue = taken - handed;
    load.figures.record(stages, segmented, queue);
    const sample: FrameSample = {
      time: performance.timeOrigin + taken,
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
    // Where each stage was waited for, the next one began only then.
    if (completed) showStages(stageTimes(completed), taken, 'completed');
    else showStages(stages, taken, 'cpu');
    this.#open.push(open);
    const [oldest] = this.#open;
    if (oldest && this.#open.length > MAX_OPEN) this.abandon(oldest);
    return open;
  }

  /** The GPU was done with a frame at `done`; `times` are those that came back meanwhile, of this frame or others. */
  finish(frame: OpenFrame, done: number, times: readonly GpuTimes[]): void {
    const { taken, clock, load } = frame.made;
    frame.done = done;
    showFrame(taken, done);
    if (!this.slowed(clock)) {
      frame.sample.frame = done - taken;
      load.figures.frame.push(done - taken);
    }
    this.collect(times);
  }

  /** Nothing more will come of a frame. */
  abandon(frame: OpenFrame): void {
    frame.settled = true;
    this.#flush();
  }

  /** Takes GPU times that came back. They come in the order of the frames: those of frames before come no more. */
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

  /** The frames whose figures were all there since this was last asked. */
  takeSamples(): FrameSample[] {
    const samples = this.#samples;
    this.#samples = [];
    return samples;
  }

  /** The figures of now. */
  report({ info, level, number }: Conditions, memory: Memory): Metrics {
    const { adapter, fallbackAdapter, backend, model, precision, timestamps } = info;
    const { refinement, framesPerSegmentation, outputScale } = level;
    const figures = this.#load?.figures;
    return {
      stages: figures?.stages(),
      ranges: figures?.ranges() ?? { inference: undefined, segmentation: undefined, frame: undefined },
      queue: figures?.queue.describe('cpu'),
      frames: { ...this.#frames },
      since: this.#since,
      framesPerMask: figures?.framesPerMask,
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
    made.load.figures.join(times, made.segmented, clock);
  }

  /** Lets go of frames that nothing is waited for any more, in their order. */
  #flush(): void {
    for (const frame of this.#open) frame.settled ||= frame.timed && frame.done !== undefined;
    const waiting = this.#open.findIndex(({ settled }) => !settled);
    const ready = this.#open.splice(0, waiting < 0 ? this.#open.length : waiting);
    this.#samples.push(...ready.map(({ sample }) => sample));
  }
}

/** The stages that have a time. */
function known(times: Omit<GpuTimes, 'number'>): Partial<Record<Stage, number>> {
  return Object.fromEntries(Object.entries(times).filter(([, time]) => time !== undefined));
}

function stageTimes(times: StageTimings): Record<Stage, number> {
  const { total: _, ...stages } = times;
  return stages;
}

/** How many a second these times are. */
function rate(times: RollingWindow): number {
  const span = times.newest - times.oldest;
  return span > 0 ? ((times.count - 1) * 1000) / span : 0;
}
