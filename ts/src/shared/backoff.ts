/** Delay before each attempt with one candidate, in milliseconds. */
const DELAYS = [0, 500, 2_000];

/** Time without a failure after which earlier attempts no longer count, in milliseconds. */
const HEALTHY = 60_000;

/** The next restart attempt. */
export interface Attempt<Candidate> {
  candidate: Candidate;
  /** Delay before the attempt, in milliseconds. */
  delay: number;
}

/**
 * Schedules restarts: several attempts with one candidate, then with the next one, then none. A loss within a minute of the previous
 * failure counts as a failed attempt, so repeated losses use up the attempts too.
 */
export class Backoff<Candidate> {
  readonly #candidates: readonly Candidate[];
  #index = 0;
  #attempts = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** @param candidates the current candidate first */
  constructor(candidates: readonly Candidate[]) {
    this.#candidates = candidates;
  }

  /** Returns the next attempt after a failure at `now`, in milliseconds, or `undefined` when none is left. */
  next(now: number): Attempt<Candidate> | undefined {
    if (now - this.#last > HEALTHY) this.#attempts = 0;
    this.#last = now;
    let delay = DELAYS[this.#attempts];
    if (delay === undefined) {
      this.#index += 1;
      this.#attempts = 0;
      delay = DELAYS[0] ?? 0;
    }
    const candidate = this.#candidates[this.#index];
    if (candidate === undefined) return undefined;
    this.#attempts += 1;
    return { candidate, delay };
  }
}
