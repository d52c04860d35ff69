import type { Clock, Timing } from '../../shared/metrics.js';

/**
 * With `auto` one frame in so many has its GPU timestamps written and read, which takes two submissions, three small buffers
 * and some hundred bytes that are copied: on a quick GPU more than a fiftieth of a frame, if it were done for each. Neither
 * 2 nor 3 divides it, so that of frames that share a matte each has its turn.
 */
const TIMESTAMP_EVERY = 7;

/** Between two frames that are waited for where there are no timestamps, in milliseconds. */
const WAIT_EVERY = 1000;

/** Chooses which frames the GPU's time is taken of, and how. */
export class TimingSampler {
  readonly #timing: Timing;
  #frames = 0;
  #lastWait = Number.NEGATIVE_INFINITY;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /**
   * The clock of the next frame's GPU time, `cpu` where it is not taken. `reused` says that the frame is to be shown under the
   * matte of one before: waiting for it would tell nothing of most stages. `now` is in milliseconds.
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
