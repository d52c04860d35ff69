/** How long to wait before each attempt to start again on one rung, in milliseconds. */
const DELAYS = [0, 500, 2_000];

/** After so long without a failure, in milliseconds, the attempts before count no more. */
const HEALTHY = 60_000;

/** Another attempt to start what was lost. */
export interface Attempt<Rung> {
  rung: Rung;
  /** What to wait for before it, in milliseconds. */
  delay: number;
}

/**
 * Says how what was lost is started again: some attempts on the same rung, then on the next one, then none. What is lost
 * again and again uses them up too, as each loss within a minute counts as a failed attempt.
 */
export class Recovery<Rung> {
  readonly #ladder: readonly Rung[];
  #rung = 0;
  #attempts = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** `ladder` has the rungs from the present one on. */
  constructor(ladder: readonly Rung[]) {
    this.#ladder = ladder;
  }

  /** The next attempt after a failure at `now`, in milliseconds; `undefined` where none is left. */
  next(now: number): Attempt<Rung> | undefined {
    if (now - this.#last > HEALTHY) this.#attempts = 0;
    this.#last = now;
    let delay = DELAYS[this.#attempts];
    if (delay === undefined) {
      this.#rung += 1;
      this.#attempts = 0;
      delay = DELAYS[0] ?? 0;
    }
    const rung = this.#ladder[this.#rung];
    if (rung === undefined) return undefined;
    this.#attempts += 1;
    return { rung, delay };
  }
}
