import type { Clock, Distribution } from '../../shared/metrics.js';

/** Number of values in a {@link Distribution}. */
export const WINDOW = 300;

/** The last {@link WINDOW} values of a measurement. `push` is cheap: values are sorted only on request. */
export class RollingWindow {
  readonly #values = new Float64Array(WINDOW);
  /** Number of values pushed so far. */
  #pushed = 0;

  push(value: number): void {
    this.#values[this.#pushed % WINDOW] = value;
    this.#pushed += 1;
  }

  /** Number of values in the window. */
  get count(): number {
    return Math.min(this.#pushed, WINDOW);
  }

  /** NaN if the window is empty. */
  get oldest(): number {
    return this.#values[this.#pushed > WINDOW ? this.#pushed % WINDOW : 0] ?? Number.NaN;
  }

  /** NaN if the window is empty. */
  get newest(): number {
    return this.#values[(this.#pushed - 1) % WINDOW] ?? Number.NaN;
  }

  /** NaN if the window is empty. */
  get mean(): number {
    return this.#current().reduce((sum, value) => sum + value, 0) / this.count;
  }

  /** Describes the values, which were measured with `clock`. Returns `undefined` if the window is empty. */
  describe(clock: Clock): Distribution | undefined {
    if (this.#pushed === 0) return undefined;
    const sorted = this.#current().toSorted();
    return {
      clock,
      count: this.count,
      last: this.newest,
      mean: this.mean,
      p50: percentile(sorted, 50),
      p95: percentile(sorted, 95),
      p99: percentile(sorted, 99),
    };
  }

  #current(): Float64Array {
    return this.#values.subarray(0, this.count);
  }
}

/** Percentile by the nearest-rank method, so that the result is one of the values. */
function percentile(sorted: Float64Array, percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}
