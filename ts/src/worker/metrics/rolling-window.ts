import type { Clock, Distribution } from '../../shared/metrics.js';

/** How many values a {@link Distribution} looks back on. */
export const WINDOW = 300;

/** The last {@link WINDOW} values of one figure. Noting one writes a number; they are put in order when they are asked for. */
export class RollingWindow {
  readonly #values = new Float64Array(WINDOW);
  /** How many values there ever were. */
  #pushed = 0;

  push(value: number): void {
    this.#values[this.#pushed % WINDOW] = value;
    this.#pushed += 1;
  }

  /** How many values there are now. */
  get count(): number {
    return Math.min(this.#pushed, WINDOW);
  }

  /** NaN where there is none. */
  get oldest(): number {
    return this.#values[this.#pushed > WINDOW ? this.#pushed % WINDOW : 0] ?? Number.NaN;
  }

  /** NaN where there is none. */
  get newest(): number {
    return this.#values[(this.#pushed - 1) % WINDOW] ?? Number.NaN;
  }

  /** NaN where there is none. */
  get mean(): number {
    return this.#present().reduce((sum, value) => sum + value, 0) / this.count;
  }

  /** The values as they were measured on `clock`; `undefined` where there is none. */
  describe(clock: Clock): Distribution | undefined {
    if (this.#pushed === 0) return undefined;
    const sorted = this.#present().toSorted();
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

  #present(): Float64Array {
    return this.#values.subarray(0, this.count);
  }
}

/** The smallest of the values that `percent` of 100 do not exceed (nearest rank), so that it is always one of them. */
function percentile(sorted: Float64Array, percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}
