/** Weight of the newest interval in the moving average. */
const WEIGHT = 0.1;

/** Maximum interval, in milliseconds. A longer one means that frames had stopped. */
const MAX_INTERVAL = 1_000;

/** Estimates the interval between camera frames, including dropped ones. */
export class FrameRateEstimator {
  #last: number | undefined;
  #interval: number | undefined;

  /** Milliseconds between two frames. `undefined` before the second frame. */
  get interval(): number | undefined {
    return this.#interval;
  }

  /** Records a frame with its timestamp in microseconds. */
  arrive(timestamp: number): void {
    const last = this.#last;
    this.#last = timestamp;
    if (last === undefined) return;
    const interval = (timestamp - last) / 1000;
    if (interval <= 0 || interval > MAX_INTERVAL) return;
    const mean = this.#interval ?? interval;
    this.#interval = mean + WEIGHT * (interval - mean);
  }
}
