import type { FrameLoad } from './frame-window.js';

/**
 * The warm-up: frames are ignored for this time, in milliseconds, and at least this number of them. Browsers start WebAssembly with code
 * that compiles quickly and runs several times slower, and replace it while it runs.
 */
const WARM_UP = 500;
const WARM_UP_FRAMES = 3;

/** Number of cycles after which the reading is complete. */
const CYCLES = 6;

/** A slow machine's reading is complete this time after the warm-up, in milliseconds, and after this number of cycles. */
const MAX_TIME = 500;
const MIN_CYCLES = 2;

/** The load of the first frames. */
export interface FirstReading {
  /** Mean time of a frame, in milliseconds. */
  readonly busy: number;
  /** The part of `busy` that segmentation takes. */
  readonly segmentation: number;
  /** Number of frames that the reading covers. */
  readonly frames: number;
}

/**
 * Collects the load of the first frames of a camera. Frames that use the same matte form a cycle, whose mean counts. The reading is the
 * lower median of the cycles, because everything that disturbs a start makes frames slower.
 */
export class FirstFrames {
  #warmUpFrames = 0;
  /** Start of the first frame, and output time of the last frame of the warm-up. */
  #began: number | undefined;
  #warm = 0;
  #open: FrameLoad[] = [];
  #cycles: FirstReading[] = [];

  /** Adds a frame of a cycle of `framesPerCycle` frames. Returns the reading once it is complete. */
  add(frame: FrameLoad, framesPerCycle: number): FirstReading | undefined {
    this.#began ??= frame.now - frame.busy;
    if (this.#warmUpFrames < WARM_UP_FRAMES || frame.now - this.#began < WARM_UP) {
      this.#warmUpFrames += 1;
      this.#warm = frame.now;
      return undefined;
    }
    this.#open.push(frame);
    if (this.#open.length < framesPerCycle) return undefined;
    const frames = this.#open.length;
    const mean = (part: (frame: FrameLoad) => number) =>
      this.#open.reduce((sum, each) => sum + part(each), 0) / frames;
    this.#cycles.push({
      busy: mean(({ busy }) => busy),
      segmentation: mean(({ busy, segmentation = busy / 2 }) => segmentation),
      frames,
    });
    this.#open = [];
    const count = this.#cycles.length;
    const isSlow = frame.now - this.#warm >= MAX_TIME && count >= MIN_CYCLES;
    if (count < CYCLES && !isSlow) return undefined;
    const median = this.#cycles.toSorted((a, b) => a.busy - b.busy)[(count - 1) >> 1];
    return median && { ...median, frames: count * frames };
  }
}
