import type { CycloramaError } from './errors.js';

/** Time before the same error is reported again, in milliseconds. */
const QUIET_PERIOD = 10_000;

/** Number of distinct errors remembered. On overflow, all are cleared. */
const MAX_CAUSES = 32;

/** Limits error events, because a failing camera repeats the same error thirty times a second. */
export class ErrorThrottle {
  readonly #reported = new Map<string, number>();

  /** Whether the error was not reported within the last ten seconds. `now` is in milliseconds. */
  shouldReport(error: CycloramaError, now: number): boolean {
    const cause = `${error.code}: ${error.message}`;
    const last = this.#reported.get(cause);
    if (last !== undefined && now - last < QUIET_PERIOD) return false;
    if (this.#reported.size >= MAX_CAUSES) this.#reported.clear();
    this.#reported.set(cause, now);
    return true;
  }
}
