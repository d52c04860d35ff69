/** How long to wait before each attempt to start again with one candidate, in milliseconds. */
const DELAYS = [0, 500, 2_000];

/** After so long without a failure, in milliseconds, the attempts before count no more. */
const HEALTHY = 60_000;

/** Another attempt to start what was lost. */
export interface Attempt<Candidate> {
  candidate: Candidate;
  /** What to wait for before it, in milliseconds. */
  delay: number;
}

/**
 * Says how what was lost is started again: some attempts with the same candidate, then with the next one, then none. What is lost
 * again and again uses them up too, as each loss within a minute counts as a failed attempt.
 */
export class Backoff<Candidate> {
  readonly #candidates: readonly Candidate[];
  #index = 0;
  #attempts = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** `candidates` begins with the present one. */
  constructor(candidates: readonly Candidate[]) {
    this.#candidates = candidates;
  }

  /** The next attempt after a failure at `now`, in milliseconds; `undefined` where none is left. */
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
