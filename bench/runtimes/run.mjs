/** Runs all engines with one model in turns: the first round of each, then the second round of each, and so on. */
import { step } from '../../scripts/setup/progress.mjs';
import { titleOf } from '../engines/registry.mjs';
import { expectedProbability } from '../npy.mjs';
import { Peaks } from './adapter.mjs';
import { Contender } from './contender.mjs';

/**
 * @param {import('../models.mjs').Model} model
 * @param {{ rounds: number, variants: import('../engines/registry.mjs').Variant[] }} options
 * @returns {Promise<{ rows: import('./contender.mjs').Row[], adapter: import('./adapter.mjs').Adapter }>}
 */
export async function runEngines(browser, server, model, { rounds, variants }) {
  const expected = await expectedProbability(model);
  const contenders = variants.map((variant) => new Contender(browser, server, variant, model));
  const peaks = new Peaks();

  await step(`${model.name}: start`, async (report) => {
    await peaks.start(browser, server);
    for (const contender of contenders) {
      report(titleOf(contender.variant));
      await contender.start(expected);
    }
    const failed = contenders.filter(({ alive }) => !alive).length;
    return `${contenders.length - failed} engines${failed ? `, ${failed} failed` : ''}`;
  });
  await step(`${model.name}: ${rounds} rounds`, async (report) => {
    for (let round = 1; round <= rounds; round++) {
      report(`round ${round}`);
      await peaks.round();
      // The order rotates, so that the engines take turns in going first.
      for (const index of contenders.keys()) await contenders[(index + round) % contenders.length].round();
    }
  });
  await step(`${model.name}: calls and sizes`, async (report) => {
    for (const contender of contenders) {
      report(titleOf(contender.variant));
      await contender.finish();
    }
    await peaks.close();
  });
  return { rows: contenders.map(({ row }) => row), adapter: peaks.adapter };
}
