/** The load of one frame. */
export interface FrameLoad {
  /**
   * Wall-clock time from the start of processing until the output is ready and the GPU has finished, in milliseconds. Excludes the
   * time in the queue.
   */
  readonly busy: number;
  /** The part of `busy` that segmentation took, in milliseconds. Half of it if unknown. */
  readonly segmentation?: number | undefined;
  /**
   * Time between two camera frames, in milliseconds, whether they are processed or not. It may jitter, but must not grow because
   * processing is slow. The time between two processed frames would.
   */
  readonly interval: number;
  /** Number of camera frames dropped for newer ones since the previous frame. */
  readonly dropped: number;
  /** When the output was ready, in milliseconds of a monotonic clock. */
  readonly now: number;
}

/** The load of the frames in the window. */
export interface Reading {
  /** Median of the frames' busy times, in milliseconds; see {@link FrameWindow}. */
  readonly busy: number;
  /** Median of the time between two camera frames, in milliseconds. */
  readonly interval: number;
  /** Number of camera frames that the reading covers. */
  readonly frames: number;
}

/** Consecutive frames, one of which is segmented. */
interface Cycle {
  /** Mean of the frames' busy times, in milliseconds. */
  readonly busy: number;
  /** Mean of the time between two frames, in milliseconds. */
  readonly interval: number;
  /** Number of camera frames in the cycle, including dropped ones. */
  readonly frames: number;
  readonly end: number;
}

/**
 * Length of the window, in milliseconds. An unrelated load of one second, such as a garbage collection or a new tab, is clearly
 * shorter than half of it.
 */
const SPAN = 2500;

/** Minimum number of cycles for a median. */
const MIN_CYCLES = 6;

/** Time in milliseconds and number of frames that are ignored after a change, because caches are cold and shaders compile. */
const WARM_UP = 500;
const WARM_UP_FRAMES = 3;

/**
 * Collects the busy times of the last seconds.
 *
 * Frames with the same matte form a cycle. The cycle's mean counts, because one of its frames takes longer than the others. The
 * median is weighted by camera frames: a dropped frame counts with the one processed in its place. So the median is taken over
 * time, not over processed frames. The longest cycle is ignored, so that a single long frame never decides.
 */
export class FrameWindow {
  #cycles: Cycle[] = [];
  #open: FrameLoad[] = [];
  /** Output time of the first frame, and of the first frame after the warm-up. */
  #began: number | undefined;
  #counting: number | undefined;
  #warmUpFrames = 0;

  /** Discards all frames and starts another warm-up. */
  restart(): void {
    this.#cycles = [];
    this.#open = [];
    this.#began = undefined;
    this.#counting = undefined;
    this.#warmUpFrames = 0;
  }

  /** Adds a frame of a cycle of `framesPerCycle` frames. */
  add(frame: FrameLoad, framesPerCycle: number): void {
    const { now } = frame;
    this.#began ??= now;
    if (now - this.#began < WARM_UP || this.#warmUpFrames < WARM_UP_FRAMES) {
      this.#warmUpFrames += 1;
      return;
    }
    this.#counting ??= now;
    this.#open.push(frame);
    if (this.#open.length < framesPerCycle) return;
    this.#cycles.push({
      busy: mean(this.#open.map(({ busy }) => busy)),
      interval: mean(this.#open.map(({ interval }) => interval)),
      frames: this.#open.reduce((sum, { dropped }) => sum + 1 + dropped, 0),
      end: now,
    });
    this.#open = [];
    const old = this.#cycles.findIndex(({ end }) => end > now - SPAN);
    this.#cycles.splice(0, Math.min(old, this.#cycles.length - MIN_CYCLES));
  }

  /** Returns the current reading, or `undefined` until the window is full. */
  read(now: number): Reading | undefined {
    if (this.#counting === undefined || now - this.#counting < SPAN) return undefined;
    if (this.#cycles.length < MIN_CYCLES) return undefined;
    const byBusy = this.#cycles.toSorted((a, b) => a.busy - b.busy).slice(0, -1);
    const frames = byBusy.reduce((sum, cycle) => sum + cycle.frames, 0);
    let below = 0;
    const middle = byBusy.find((cycle) => {
      below += cycle.frames;
      return below >= frames / 2;
    });
    const intervals = this.#cycles.map(({ interval }) => interval).sort((a, b) => a - b);
    const interval = intervals[intervals.length >> 1];
    return middle && interval !== undefined ? { busy: middle.busy, interval, frames } : undefined;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
