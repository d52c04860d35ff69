/** Seconds that one step of setting up a call may take. */
const SECONDS = 30;

/**
 * Waits for a step of setting up a call.
 *
 * @throws {Error} with the step's name if it takes too long.
 */
export async function within<Result>(step: string, result: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${step} took more than ${SECONDS} s`)), 1000 * SECONDS);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}
