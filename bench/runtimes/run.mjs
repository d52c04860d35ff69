/** Runs all engines with one model in turns: the first round of each, then the second round of each, and so on. */
import { step } from '../../scripts/setup/progress.mjs';
import { titleOf } from '../engines/registry.mjs';
import { expectedProbability } from '../npy.mjs';
import { Peaks } from './adapter.mjs';
import { EngineRun } from './engine-run.mjs';

/**
 * @param {import('../models.mjs').Model} model
 * @param {{ rounds: number, variants: import('../engines/registry.mjs').Variant[] }} options
 * @returns {Promise<{ rows: import('./engine-run.mjs').Row[], adapter: import('./adapter.mjs').Adapter }>}
 */
export async function runEngines(browser, server, model, { rounds, variants }) {
  const expected = await expectedProbability(model);
  const runs = variants.map((variant) => new EngineRun(browser, server, variant, model));
  const peaks = new Peaks();

  await step(`${model.name}: start`, async (report) => {
    await peaks.start(browser, server);
    for (const run of runs) {
      report(titleOf(run.variant));
      await run.start(expected);
    }
    const failed = runs.filter(({ alive }) => !alive).length;
    return `${runs.length - failed} engines${failed ? `, ${failed} failed` : ''}`;
  });
  await step(`${model.name}: ${rounds} rounds`, async (report) => {
    for (let round = 1; round <= rounds; round++) {
      report(`round ${round}`);
      await peaks.round();
      // The order rotates, so that the engines take turns in going first.
      for (const index of runs.keys()) await runs[(index + round) % runs.length].round();
    }
  });
  await step(`${model.name}: calls and sizes`, async (report) => {
    for (const run of runs) {
      report(titleOf(run.variant));
      await run.finish();
    }
    await peaks.close();
  });
  return { rows: runs.map(({ row }) => row), adapter: peaks.adapter };
}
