import type { Clock } from './metrics.js';

/**
 * How stages are timed:
 * - `off`: not at all;
 * - `auto`: by GPU timestamps; where the GPU has none, about one frame a second is waited for after each stage;
 * - `completed`: every frame is waited for after each stage.
 */
export type Timing = 'off' | 'auto' | 'completed';

/**
 * One frame in so many has its GPU timestamps written and read. At 1 their cost, of ending a pass early here and there and of a few
 * hundred bytes that are copied, was not to be told from none: `docs/performance.md`, "What measuring costs".
 */
const TIMESTAMP_EVERY = 1;

/** Between two frames that are waited for where there are no timestamps, in milliseconds. */
const WAIT_EVERY = 1000;

/** Chooses which frames the GPU's time is taken of, and how. */
export class Sampling {
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
      this.#frames += 1;
      return this.#frames % TIMESTAMP_EVERY === 0 ? 'gpu' : 'cpu';
    }
    if (reused || now - this.#lastWait < WAIT_EVERY) return 'cpu';
    this.#lastWait = now;
    return 'completed';
  }
}
