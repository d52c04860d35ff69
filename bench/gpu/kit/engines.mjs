/**
 * Runs one model in Cyclorama and in its rivals, in this process and in turns: every engine's start and first round, then
 * every engine's second round, and so on. Compares their outputs with LiteRT's before. Sends the rows of all engines, each
 * time with more figures. A slow adapter gets fewer rounds and timestamps.
 */
import { personProbability } from '../../person.mjs';
import { worstDifference } from '../../statistics.mjs';
import { failureText, install, runScripts, throwErrors } from './dawn.mjs';
import { enableTimestamps, passTimes } from './timestamps.mjs';

/** Most inferences of a batch. */
const MOST = 300;
/** Fractions of the time after which no further round begins, and no further inference with timestamps. */
const LAST_ROUND = 0.6;
const LAST_TIMED = 0.9;

/**
 * @typedef {object} Row what an engine did with a model.
 * @property {string} file the engine's module in bench/engines.
 * @property {string} model
 * @property {number} loadMs from the import of the engine until the model is ready.
 * @property {number} firstMs the first inference after that.
 * @property {number} worstDifference largest difference of a probability from LiteRT's.
 * @property {number} batch inferences of a queue.
 * @property {number[]} queued milliseconds of one inference of a queue that is awaited once, for each round.
 * @property {number[]} awaited milliseconds of single inferences, with input and output in memory.
 * @property {number[]} gpu sums of the compute passes of single inferences by GPU timestamps, in milliseconds. Empty without
 *   timestamps.
 * @property {number} dispatches of one inference of a queue; `passes` and `submissions` likewise.
 * @property {number} pipelines created for the model.
 * @property {string} [error] why figures are missing.
 */

const { base, disguise, engines, model, rounds, queuedMs, awaitedMs, timed, tolerance, seconds } = JSON.parse(
  process.argv[2],
);
/** Whether less than a fraction of the time is over. `performance.now()` counts from the start of this process. */
const within = (fraction) => performance.now() < 1000 * seconds * fraction;
const gpu = install(disguise);
for (const name of ['counters', 'gpu-errors']) runScripts(new URL(`bench/page/${name}.js`, base));
enableTimestamps();
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });

class Contender {
  constructor(file) {
    /** @type {Row} */
    this.row = { file, model: model.name, queued: [], awaited: [], gpu: [] };
  }

  get alive() {
    return this.row.error === undefined;
  }

  start = async (expected) => {
    const { row } = this;
    const { name, width, height, path, onnxPath } = model;
    const urls = { url: base + path, onnxUrl: base + onnxPath };
    // A module of its own for each engine, because the harness holds one.
    this.harness = await import(`${base}bench/page/harness.js?${row.file}`);
    const pipelines = globalThis.counters.pipelines();
    const options = { file: `${row.file}.js`, base, backend: 'webgpu', threads: 1 };
    const opened = await this.harness.open({ ...options, model: { ...urls, name, width, height } });
    row.pipelines = globalThis.counters.pipelines() - pipelines;
    row.loadMs = opened.loadMs;
    row.firstMs = opened.firstMs;
    const found = personProbability(Float32Array.from(opened.output), width, height).probability;
    row.worstDifference = worstDifference(found, expected);
    if (!(row.worstDifference <= tolerance)) {
      throw new Error(`Its result differs from the expected one by ${row.worstDifference.toPrecision(2)}.`);
    }
    const { queued } = await this.harness.count();
    for (const count of ['dispatches', 'passes', 'submissions']) row[count] = queued[count];
    const { awaitedMs: trial } = await this.harness.time({ queued: 0, awaited: 3 });
    const fits = (budget, least) => Math.min(MOST, Math.max(least, Math.round(budget / Math.min(...trial))));
    row.batch = fits(queuedMs, 2);
    this.counts = { queued: row.batch, awaited: fits(awaitedMs, 1) };
  };

  round = async () => {
    const { queuedMs, awaitedMs } = await this.harness.time(this.counts);
    this.row.queued.push(queuedMs);
    this.row.awaited.push(...awaitedMs);
  };

  time = async () => {
    const time = await passTimes(adapter, () => this.harness.time({ queued: 0, awaited: 0 }));
    if (time !== undefined) this.row.gpu.push(time);
  };

  /** Runs a step unless an earlier one failed. */
  async attempt(step, ...args) {
    if (!this.alive) return;
    try {
      await step(...args);
      throwErrors();
    } catch (error) {
      this.row.error = failureText(error);
    }
  }
}

const { fetchNpy } = await import(`${base}bench/page/npy.js`);
const golden = await fetchNpy(`${base}golden/${model.name}__astronaut__out.npy`);
const expected = personProbability(golden, model.width, model.height).probability;
const contenders = engines.map((engine) => new Contender(engine));
// After each step, so that a slow engine does not cost the figures of the others if the time is over.
const sendRows = () => process.send(contenders.map(({ row }) => row));
for (const contender of contenders) {
  await contender.attempt(contender.start, expected);
  // The first figures at once: a later engine may take all of the time to start.
  await contender.attempt(contender.round);
  await contender.attempt(contender.time);
  sendRows();
}
for (let round = 1; round < rounds && within(LAST_ROUND); round++) {
  // The order rotates, so that the engines take turns in going first.
  for (const index of contenders.keys()) {
    const contender = contenders[(index + round) % contenders.length];
    await contender.attempt(contender.round);
  }
  sendRows();
}
for (let i = 1; i < timed && within(LAST_TIMED); i++) {
  for (const contender of contenders) await contender.attempt(contender.time);
  sendRows();
}
process.send('done');
