/** Cyclorama's own figures, from its metrics. */

/**
 * @param {import('cyclorama').Metrics} metrics
 * @returns {import('../page/harness.js').Status}
 */
export function statusOf({ backend, frames, stages = {} }) {
  const timed = Object.entries(stages).filter(([, stage]) => stage.cpu.count > 0);
  return {
    backend,
    dropped: frames.dropped,
    stages: Object.fromEntries(timed.map(([name, { cpu }]) => [name, cpu.p50])),
  };
}
