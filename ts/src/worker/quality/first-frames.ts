import type { FrameLoad } from './frame-window.js';

/** Number of frames that are ignored, because caches are cold and code is still compiled. */
const IGNORED = 3;

/** Number of cycles after which the reading is complete. */
const CYCLES = 6;

/** A slow machine's reading is complete after this time, in milliseconds, and this number of cycles. */
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
  #ignored = 0;
  #began: number | undefined;
  #open: FrameLoad[] = [];
  #cycles: FirstReading[] = [];

  /** Adds a frame of a cycle of `framesPerCycle` frames. Returns the reading once it is complete. */
  add(frame: FrameLoad, framesPerCycle: number): FirstReading | undefined {
    this.#began ??= frame.now - frame.busy;
    if (this.#ignored < IGNORED) {
      this.#ignored += 1;
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
    const isSlow = frame.now - this.#began >= MAX_TIME && count >= MIN_CYCLES;
    if (count < CYCLES && !isSlow) return undefined;
    const median = this.#cycles.toSorted((a, b) => a.busy - b.busy)[(count - 1) >> 1];
    return median && { ...median, frames: count * frames };
  }
}
