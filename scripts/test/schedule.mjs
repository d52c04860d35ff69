/** Runs jobs as soon as they are ready: two light jobs at a time, or one heavy job alone. */

/**
 * @template T
 * @typedef {object} Job
 * @property {Promise<unknown>} ready settles when the job can run. The job handles a rejection itself.
 * @property {boolean} light whether it leaves a core to another job.
 * @property {() => Promise<T>} run
 */

/**
 * @template T
 * @param {Job<T>[]} jobs in order of priority.
 * @returns {Promise<T[]>} their results, in the same order.
 */
export async function runAll(jobs) {
  const results = new Array(jobs.length);
  const waiting = new Set(jobs.keys());
  const ready = new Set();
  const running = new Set();
  let wake = () => {};
  for (const [index, job] of jobs.entries()) {
    const mark = () => {
      ready.add(index);
      wake();
    };
    job.ready.then(mark, mark);
  }
  const fits = (index) => {
    if (running.size === 0) return true;
    return running.size === 1 && jobs[index].light && [...running].every((other) => jobs[other].light);
  };
  let failure;
  while (waiting.size > 0 || running.size > 0) {
    const next = [...waiting].find((index) => ready.has(index) && fits(index));
    if (next === undefined) {
      await new Promise((resolve) => {
        wake = resolve;
      });
      if (failure) throw failure.error;
      continue;
    }
    waiting.delete(next);
    running.add(next);
    jobs[next]
      .run()
      .then(
        (result) => {
          results[next] = result;
        },
        (error) => {
          failure ??= { error };
        },
      )
      .finally(() => {
        running.delete(next);
        wake();
      });
  }
  if (failure) throw failure.error;
  return results;
}
