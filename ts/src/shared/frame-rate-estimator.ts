/** The weight of the newest time between two frames in their mean. */
const WEIGHT = 0.1;

/** After a longer time without frames, in milliseconds, they had stopped. */
const MAX_INTERVAL = 1_000;

/** How many milliseconds the camera's frames are apart, whatever becomes of them. */
export class FrameRateEstimator {
  #last: number | undefined;
  #interval: number | undefined;

  /** Undefined until two frames came. */
  get interval(): number | undefined {
    return this.#interval;
  }

  /** A frame has come, with its time in microseconds. */
  arrive(timestamp: number): void {
    const last = this.#last;
    this.#last = timestamp;
    if (last === undefined) return;
    const interval = (timestamp - last) / 1000;
    if (interval <= 0 || interval > MAX_INTERVAL) return;
    const before = this.#interval ?? interval;
    this.#interval = before + WEIGHT * (interval - before);
  }
}
