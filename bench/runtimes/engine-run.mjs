/** Measures one variant of an engine with one model, on a page of its own. */
import { join } from 'node:path';
import { visit } from '../browser.mjs';
import { versionOf } from '../engines/registry.mjs';
import { bench } from '../paths.mjs';
import { personProbability } from '../person.mjs';
import { median, summary, worstDifference } from '../statistics.mjs';
import { brotliBytes } from './downloads.mjs';

/** Time budgets of an engine in each round, in ms, and the maximum number of inferences. */
const AWAITED = 150;
const QUEUED = 400;
const MOST = 30;
const counters = join(bench, 'page', 'counters.js');
/** Time without an answer after which the engine counts as hung, in ms. */
const TIMEOUT = 120_000;

/**
 * @typedef {object} Row
 * @property {string} engine
 * @property {string} version
 * @property {'webgpu' | 'webgl' | 'cpu'} backend
 * @property {number} threads
 * @property {string} model
 * @property {'queued' | 'awaited'} timing the samples of `medianMs`, `p95Ms`, `minMs` and `n`. `queued`: batches of
 *   `batch` inferences, awaited together and divided by their number. `awaited`: single inferences with their output
 *   in memory.
 * @property {number} batch
 * @property {number} awaitedMs median of single inferences, whatever `timing` is.
 * @property {number} loadMs from the request for the engine's script until the model is ready.
 * @property {number} firstMs the first inference after that.
 * @property {number} dispatches of one inference. Queued if `timing` is `queued`. The following counts likewise.
 * @property {number} passes
 * @property {number} submissions
 * @property {number} pipelines created by the page in total.
 * @property {number} readbackBytes of one awaited inference.
 * @property {number} fractionOfFmaPeak two operations for each multiply-add of the model, divided by the adapter's peak.
 * @property {number} downloadBytesBrotli compressed size of the engine's files.
 * @property {number} worstDifference largest difference from LiteRT's probability.
 * @property {string[]} refused URLs of other servers that the page requested; the requests were aborted.
 * @property {string} [error] the reason if figures are missing.
 */

export class EngineRun {
  /** @type {number[]} */
  #queuedMs = [];
  /** @type {number[]} */
  #awaitedMs = [];

  /**
   * @param {import('playwright-core').Browser} browser
   * @param {import('../server.mjs').LocalServer} server
   * @param {import('../engines/registry.mjs').Variant} variant
   * @param {import('../models.mjs').Model} model
   */
  constructor(browser, server, variant, model) {
    this.browser = browser;
    this.server = server;
    this.variant = variant;
    this.model = model;
    this.name = `${variant.file.replace('.js', '')}-${variant.backend}-${variant.threads}-${model.name}`;
    this.row = {
      engine: variant.engine,
      version: undefined,
      backend: variant.backend,
      threads: variant.threads,
      model: model.name,
    };
  }

  /** Whether it has not failed. */
  get alive() {
    return this.row.error === undefined;
  }

  /** Opens the page, loads engine and model, and compares the first result with the expected one. */
  async start(expected) {
    await this.#attempt(async () => {
      this.row.version = await versionOf(this.variant);
      this.visit = await visit(this.browser, this.server, this.name, [counters]);
      const { loadMs, firstMs, output, queues } = await this.#open(this.visit);
      const found = personProbability(output, this.model.width, this.model.height).probability;
      Object.assign(this.row, { loadMs, firstMs, worstDifference: worstDifference(found, expected) });
      if (!(this.row.worstDifference <= this.variant.tolerance)) {
        throw new Error(
          `Its result differs from the expected one by ${this.row.worstDifference.toPrecision(2)}.`,
        );
      }
      const { awaitedMs } = await this.visit.evaluate(time, { queued: 0, awaited: 3 });
      const fits = (budget, least) =>
        Math.min(MOST, Math.max(least, Math.round(budget / Math.min(...awaitedMs))));
      this.counts = { queued: queues ? fits(QUEUED, 2) : 0, awaited: fits(AWAITED, 1) };
    });
  }

  /** Times inferences for one round. */
  async round() {
    await this.#attempt(async () => {
      const { queuedMs, awaitedMs } = await withTimeout(this.visit.evaluate(time, this.counts));
      if (queuedMs !== undefined) this.#queuedMs.push(queuedMs);
      this.#awaitedMs.push(...awaitedMs);
    });
  }

  /** After the last round: computes the timings, counts the calls of one inference, and measures the download size. */
  async finish() {
    await this.#attempt(async () => {
      const queued = this.#queuedMs.length > 0;
      Object.assign(this.row, {
        timing: queued ? 'queued' : 'awaited',
        batch: queued ? this.counts.queued : 1,
        ...summary(queued ? this.#queuedMs : this.#awaitedMs),
        awaitedMs: median(this.#awaitedMs),
      });
      if (this.variant.backend === 'webgpu') Object.assign(this.row, await this.#count());
    });
    this.row.refused = this.visit?.refused() ?? [];
    await this.visit?.close();
    await this.#attempt(async () => {
      this.row.downloadBytesBrotli = await brotliBytes(this.server.filesOf(this.name));
    });
  }

  async #count() {
    const { awaited, queued, pipelines } = await withTimeout(
      this.visit.evaluate(() => globalThis.harness.count()),
    );
    return { ...awaited, ...queued, pipelines, readbackBytes: awaited.readbackBytes };
  }

  /** Loads the engine into its page. */
  #open({ evaluate, base }) {
    const { file, backend, threads } = this.variant;
    const { name, width, height, path, rewrittenPath, taskPath, onnxPath, graphPath } = this.model;
    const model = {
      name,
      width,
      height,
      url: base + path,
      rewrittenUrl: base + rewrittenPath,
      taskUrl: base + taskPath,
      onnxUrl: base + onnxPath,
      graphUrl: base + graphPath,
    };
    return withTimeout(evaluate(open, { file, base, backend, threads, model }));
  }

  /**
   * Runs a step unless an earlier one failed. A failure is stored in the row and closes the page, which frees its
   * resources.
   */
  async #attempt(action) {
    if (!this.alive) return;
    try {
      await action();
    } catch (error) {
      const pageErrors = this.visit?.pageErrors();
      this.row.error = pageErrors ? `${error.message}\n${pageErrors}` : error.message;
      await this.visit?.close();
    }
  }
}

/** Runs in the page. */
async function open(options) {
  globalThis.harness = await import(`${options.base}bench/page/harness.js`);
  return globalThis.harness.open(options);
}

/** Runs in the page. */
function time(counts) {
  return globalThis.harness.time(counts);
}

/** Rejects if a promise takes too long. */
async function withTimeout(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${TIMEOUT / 1000} s.`)), TIMEOUT);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
