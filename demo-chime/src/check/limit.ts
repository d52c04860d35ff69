/** Reports a promise that did not settle in time. */
export class LateError extends Error {
  override readonly name = 'LateError';
}

/**
 * Waits for a promise for a limited time.
 *
 * @param limit in milliseconds.
 * @throws {LateError} after the limit
 * @throws the signal's reason once it aborts
 */
export function within<Value>(promise: Promise<Value>, limit: number, signal?: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const end = new AbortController();
    const timer = setTimeout(() => {
      end.abort();
      reject(new LateError(`no answer within ${limit / 1000} seconds`));
    }, limit);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      end.abort();
      act();
    };
    const abort = () => settle(() => reject(signal?.reason));
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { signal: end.signal });
    promise.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
  });
}

/** Waits for a time in milliseconds, or until the signal aborts. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  const over = new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  return within(over, milliseconds + 1_000, signal);
}

/** An error in one line: name, code if it has one, and message. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return `${error.name}${code}: ${error.message}`.slice(0, 500);
}
