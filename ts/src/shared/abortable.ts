/**
 * Awaits work that does not support abort signals, until `signal` aborts.
 *
 * @param release closes a result that arrives after the abort, because no caller receives it
 * @returns the result of the work; the signal keeps no reference to it
 * @throws the signal's reason as soon as it aborts; the work continues, and its later failure is dropped
 */
export function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  release?: (late: T) => void,
): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    let aborted = false;
    const abort = () => {
      aborted = true;
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    work.then(
      (result) => {
        signal.removeEventListener('abort', abort);
        if (aborted) release?.(result);
        else resolve(result);
      },
      (cause: unknown) => {
        signal.removeEventListener('abort', abort);
        reject(cause);
      },
    );
  });
}
