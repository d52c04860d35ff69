import type { Clock, Timing } from '../../shared/metrics.js';

/**
 * Interval of the frames with GPU timestamps when the option `timing` is `auto`. Timestamps copy 1,040 bytes to a buffer and map
 * it. Neither 2 nor 3 divides the interval, so every position in a group of frames with one matte is measured.
 */
const TIMESTAMP_EVERY = 7;

/** Time between two frames that are measured by waiting, if the GPU has no timestamps. In milliseconds. */
const WAIT_EVERY = 1000;

/** Selects the frames whose GPU time is measured, and how. */
export class TimingSampler {
  readonly #timing: Timing;
  #frames = 0;
  #lastWait = Number.NEGATIVE_INFINITY;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /**
   * Selects the clock for the GPU time of the next frame. Returns `cpu` if it is not measured. `reused` means that the frame reuses
   * a matte: then it has no segmentation stages to wait for. `now` is in milliseconds.
   */
  next(timestamps: boolean, reused: boolean, now: number): Clock {
    if (this.#timing === 'off') return 'cpu';
    if (this.#timing === 'completed') return 'completed';
    if (timestamps) {
      const timed = this.#timing === 'every' || this.#frames % TIMESTAMP_EVERY === 0;
      this.#frames += 1;
      return timed ? 'gpu' : 'cpu';
    }
    if (reused || now - this.#lastWait < WAIT_EVERY) return 'cpu';
    this.#lastWait = now;
    return 'completed';
  }
}
