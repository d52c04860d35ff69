import type { CycloramaError } from './errors.js';

/** How long a cause that goes on is not reported again, in milliseconds. */
const QUIET_PERIOD = 10_000;

/** So many causes are told apart; one more, and all count as new. */
const MAX_CAUSES = 32;

/** Decides which errors are worth an event: a camera that fails thirty times a second is one piece of news. */
export class ErrorThrottle {
  readonly #reported = new Map<string, number>();

  /** True where this cause was not reported within the last ten seconds; `now` is in milliseconds. */
  shouldReport(error: CycloramaError, now: number): boolean {
    const cause = `${error.code}: ${error.message}`;
    const last = this.#reported.get(cause);
    if (last !== undefined && now - last < QUIET_PERIOD) return false;
    if (this.#reported.size >= MAX_CAUSES) this.#reported.clear();
    this.#reported.set(cause, now);
    return true;
  }
}
