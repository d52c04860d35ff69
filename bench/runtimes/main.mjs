/** Measures the models alone and compares them with the same models in other browser runtimes. */
import { prepareConverted } from '../convert/convert.mjs';
import { findVariants } from '../engines/registry.mjs';
import { describeMachine } from '../machine.mjs';
import { preparePeers } from '../packages.mjs';
import { renderReport } from './report.mjs';
import { runEngines } from './run.mjs';

/**
 * @typedef {object} Result
 * @property {Awaited<ReturnType<typeof describeMachine>>} machine
 * @property {import('./adapter.mjs').Adapter | undefined} adapter
 * @property {number} rounds
 * @property {import('./engine-run.mjs').Row[]} rows
 */

/**
 * Prepares the requested runtimes.
 *
 * @param {{ engine: string[] }} options
 * @param {import('../models.mjs').Model[]} models
 */
export async function prepareRuntimes({ engine }, models) {
  const variants = findVariants(engine);
  if (variants.some((variant) => variant.package)) await preparePeers();
  if (variants.some((variant) => variant.converted)) await prepareConverted(models);
}

/**
 * @param {{ engine: string[], rounds: number }} options
 * @param {import('../models.mjs').Model[]} models
 * @returns {Promise<{ result: Result, text: string, problem?: string }>}
 */
export async function measureRuntimes(browser, server, models, { engine, rounds }) {
  const variants = findVariants(engine);
  const machine = await describeMachine(browser);
  const result = { machine, adapter: undefined, rounds, rows: [] };
  for (const model of models) {
    const { rows, adapter } = await runEngines(browser, server, model, { rounds, variants });
    result.rows.push(...rows);
    result.adapter = best(result.adapter, adapter);
  }
  addPeakFractions(result, models);
  return { result, text: renderReport(result), problem: unexpectedRequests(result.rows, variants) };
}

/** The higher peaks of both: the rounds of all models measure the same adapter. */
function best(before, { fmaGflops, copyGBs, ...rest }) {
  return {
    ...rest,
    fmaGflops: Math.max(fmaGflops, before?.fmaGflops ?? 0),
    copyGBs: Math.max(copyGBs, before?.copyGBs ?? 0),
  };
}

/** Two operations for each multiply-add, divided by the adapter's measured peak. */
function addPeakFractions({ rows, adapter }, models) {
  for (const row of rows.filter(({ backend, error }) => backend !== 'cpu' && error === undefined)) {
    const { multiplyAdds } = models.find(({ name }) => name === row.model);
    row.fractionOfFmaPeak = (2 * multiplyAdds) / (row.medianMs * 1e6) / adapter.fmaGflops;
  }
}

/** Names the engines with blocked requests, except those with known telemetry. Their figures cannot be trusted. */
function unexpectedRequests(rows, variants) {
  const known = new Set(variants.filter(({ reports }) => reports).map(({ engine }) => engine));
  const unexpected = rows.filter(({ engine, refused }) => !known.has(engine) && refused.length > 0);
  if (unexpected.length === 0) return undefined;
  const list = unexpected.map(({ engine, refused }) => `${engine}: ${refused.join(', ')}`).join('\n');
  return `These engines requested URLs of other servers, which were blocked:\n${list}`;
}
