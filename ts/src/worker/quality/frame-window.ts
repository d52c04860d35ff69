/** What one frame took. */
export interface FrameLoad {
  /**
   * Milliseconds of wall clock from taking the frame until its picture was out and the GPU had done its work. The time
   * that the frame waited for its turn is not in it.
   */
  readonly busy: number;
  /**
   * Milliseconds between the camera's frames, whether they were taken or not. It may jitter, but must not grow because
   * frames are slow: time that is measured between frames that were taken would.
   */
  readonly interval: number;
  /** How many frames of the camera gave way to newer ones since the frame before. */
  readonly dropped: number;
  /** When the picture was out, in milliseconds of a clock that never goes back. */
  readonly now: number;
}

/** What the frames of the last seconds took. */
export interface Reading {
  /** The median of the frames' busy times, in milliseconds; see {@link FrameWindow}. */
  readonly busy: number;
  /** The median of the time between two frames of the camera, in milliseconds. */
  readonly interval: number;
  /** How many frames of the camera this tells of. */
  readonly frames: number;
}

/** Frames in a row, of which one is segmented. */
interface Cycle {
  /** Mean of the frames' busy times, in milliseconds. */
  readonly busy: number;
  /** Mean of the time between two frames, in milliseconds. */
  readonly interval: number;
  /** Frames of the camera that came meanwhile. */
  readonly frames: number;
  readonly end: number;
}

/**
 * How far back is looked, in milliseconds. Something else that takes a second of the machine (a collection of garbage, a tab
 * that opens) stays clearly below half of it.
 */
const SPAN = 2500;

/** A median of fewer is none. */
const MIN_CYCLES = 6;

/** After a change, caches are cold and shaders are compiled: so many milliseconds do not count, nor so many frames. */
const WARM_UP = 500;
const WARM_UP_FRAMES = 3;

/**
 * The busy times of the last seconds. Where frames share a matte, one of them takes longer than the others: what counts is the
 * mean of each such cycle, as a frame waits for the one before. The median is taken over the frames that came from the
 * camera, where a dropped one counts with those that took its turn: half of the time, not half of the frames that were
 * made, decides. The longest cycle does not count, so that one long frame never does, however many it cost.
 */
export class FrameWindow {
  #cycles: Cycle[] = [];
  #open: FrameLoad[] = [];
  /** When the first frame was out, and when the first that counts was. */
  #began: number | undefined;
  #counting: number | undefined;
  #warmUpFrames = 0;

  /** Forgets all frames; the next ones warm up. */
  restart(): void {
    this.#cycles = [];
    this.#open = [];
    this.#began = undefined;
    this.#counting = undefined;
    this.#warmUpFrames = 0;
  }

  /** Notes a frame of a cycle of `framesPerCycle`. */
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

  /** `undefined` until there are frames of the whole span. */
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
