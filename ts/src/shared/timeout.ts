import { CycloramaError } from './errors.js';

/**
 * Calls `onTimeout` after the given time.
 *
 * Restarts the timer if it fires much too late. Then the machine was suspended or the thread was blocked, and so was the work that the
 * caller waits for.
 *
 * @returns a function that cancels the timer
 */
export function waitAtMost(milliseconds: number, onTimeout: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    const begun = performance.now();
    timer = setTimeout(() => {
      if (performance.now() - begun > 2 * milliseconds) wait();
      else onTimeout();
    }, milliseconds);
  };
  wait();
  return () => clearTimeout(timer);
}

/**
 * Awaits the engine's work for a limited time, see {@link waitAtMost}.
 *
 * @param message the message of the error
 * @param release closes a result that arrives too late
 * @throws {CycloramaError} `internal` after the timeout; a later failure of `work` is dropped
 */
export async function withTimeout<Result>(
  work: Promise<Result>,
  milliseconds: number,
  message: string,
  release: (late: Result) => void,
): Promise<Result> {
  let stop = () => {};
  const timeout = new Promise<never>((_, reject) => {
    stop = waitAtMost(milliseconds, () => {
      work.then(release).catch(() => {});
      reject(new CycloramaError('internal', message));
    });
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    stop();
  }
}
