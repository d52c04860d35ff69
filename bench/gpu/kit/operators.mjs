/** Times the operators of one inference of Cyclorama by the GPU's clock, and sends the sums. */
import { median, sum } from '../../statistics.mjs';
import { install, runScripts, throwErrors } from './dawn.mjs';

const ROUNDS = 5;

/**
 * @typedef {object} Operator all dispatches of an operator in one inference, each timed alone.
 * @property {string} operator
 * @property {number} dispatches
 * @property {number} us microseconds, added up.
 */

const { base, disguise, model } = JSON.parse(process.argv[2]);
const gpu = install(disguise);
for (const name of ['page/gpu-errors', 'operators/recorder']) runScripts(new URL(`bench/${name}.js`, base));
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
if (adapter.features.has('timestamp-query')) process.send({ operators: await measureOperators() });
process.send('done');

/** @returns {Promise<Operator[]>} the longest first. */
async function measureOperators() {
  const { load } = await import(`${base}bench/engines/cyclorama.js`);
  const { fetchNpy } = await import(`${base}bench/page/npy.js`);
  const { timeDispatches } = await import(`${base}bench/operators/replay.js`);
  const session = await load({ base, backend: 'webgpu', model: { ...model, url: base + model.path } });
  const input = await fetchNpy(`${base}golden/${model.name}__astronaut__in.npy`);
  const { dispatches } = await timeDispatches(() => session.infer(input), ROUNDS);
  throwErrors();
  return [...new Set(dispatches.map(({ operator }) => operator))]
    .map((operator) => {
      const own = dispatches.filter((dispatch) => dispatch.operator === operator);
      return { operator, dispatches: own.length, us: 1000 * sum(own.map(({ ms }) => median(ms))) };
    })
    .sort((a, b) => b.us - a.us);
}
