/** What `npm run bench` does once ours is built. */
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from '../scripts/setup/command.mjs';
import { root } from '../scripts/setup/paths.mjs';
import { step } from '../scripts/setup/progress.mjs';
import { launch } from './browser.mjs';
import { prepareConverted } from './convert/convert.mjs';
import { findVariants } from './engines/registry.mjs';
import { runEngines } from './engines/run.mjs';
import { measureFrames, renderFrames } from './frames/frames.mjs';
import { describeMachine } from './machine.mjs';
import { replaceSection } from './markdown.mjs';
import { findModels } from './models.mjs';
import { measureOperators } from './operators/operators.mjs';
import { preparePeers } from './packages.mjs';
import { renderDispatches, renderMachine, renderReport } from './report.mjs';
import { serve } from './server.mjs';

const page = join(root, 'docs', 'performance.md');

/**
 * @typedef {object} Result
 * @property {Awaited<ReturnType<typeof describeMachine>>} machine
 * @property {import('./adapter.mjs').Adapter | undefined} adapter undefined where only operators were asked for.
 * @property {number} rounds
 * @property {import('./contender.mjs').Row[]} rows
 * @property {import('./operators/operators.mjs').Operators[]} operators
 * @property {import('./frames/frames.mjs').Frames | undefined} frames undefined where they were not asked for.
 */

/**
 * @param {ReturnType<import('./arguments.mjs').parseArguments>} options
 * @param {string} browserPath
 */
export async function runBenchmark(options, browserPath) {
  const models = await findModels(options.model);
  const only = options.operators || options.frames;
  const variants = only ? [] : findVariants(options.engine);
  // What cannot be written should be known before the measuring, not after it.
  const write = options.markdown ? await pageWriter() : undefined;
  const publish = async (section, text) => {
    console.log(`\n${text}`);
    await write?.(section, text);
  };
  if (options.json) await checkWritable(options.json);
  if (variants.some((variant) => variant.package)) await preparePeers();
  if (variants.some((variant) => variant.converted)) await prepareConverted(models);

  const server = await serve();
  const browser = await launch(browserPath, options);
  try {
    const result = {
      machine: await describeMachine(browser),
      adapter: undefined,
      rounds: options.rounds,
      rows: [],
      operators: [],
      frames: undefined,
    };
    if (options.operators || variants.some(isOursOnWebGpu)) {
      result.operators = await timeOperators(browser, server, models, options);
    }
    if (options.frames || variants.some(isOursOnWebGpu)) {
      const [model, yardstick] = await findModels(['landscape', 'general']);
      await step('whole frames', async () => {
        result.frames = await measureFrames(browser, server, { model, yardstick, rounds: options.rounds });
      });
    }
    if (variants.length > 0) {
      for (const model of models) {
        const { rows, adapter } = await runEngines(browser, server, model, { ...options, variants });
        result.rows.push(...rows);
        result.adapter = best(result.adapter, adapter);
      }
    }
    addShares(result, models);
    if (options.json) await writeFile(options.json, `${JSON.stringify(result, undefined, 2)}\n`);
    const { machine, adapter, frames } = result;
    if (options.operators) console.log(`\n${renderDispatches(result.operators)}`);
    if (!options.frames) await publish('bench', renderReport(result));
    if (frames) {
      await publish('frames', renderFrames(frames, renderMachine(machine, adapter, options.rounds)));
    }
    failOnEscapes(result.rows, variants);
  } finally {
    await browser.close();
    server.close();
  }
}

const isOursOnWebGpu = ({ package: name, backend }) => name === undefined && backend === 'webgpu';

/** Both models' rounds measured the same adapter. */
function best(before, { fmaGflops, copyGBs, ...rest }) {
  return {
    ...rest,
    fmaGflops: Math.max(fmaGflops, before?.fmaGflops ?? 0),
    copyGBs: Math.max(copyGBs, before?.copyGBs ?? 0),
  };
}

/** Two operations for each multiply-add, against the most that the adapter has shown. */
function addShares({ rows, adapter }, models) {
  for (const row of rows.filter(({ backend, error }) => backend !== 'cpu' && error === undefined)) {
    const { multiplyAdds } = models.find(({ name }) => name === row.model);
    row.shareOfFmaPeak = (2 * multiplyAdds) / (row.medianMs * 1e6) / adapter.fmaGflops;
  }
}

async function timeOperators(browser, server, models, { rounds, shaders }) {
  const all = [];
  for (const model of models) {
    await step(`${model.name}: operators`, async () => {
      const folder = shaders && join(shaders, model.name);
      all.push(await measureOperators(browser, server, model, { rounds, shaders: folder }));
    });
  }
  return all;
}

/** Gives a function that puts a section into docs/performance.md; fails now if that could not be done. */
async function pageWriter() {
  const put = async (section, text) => replaceSection(await readFile(page, 'utf8'), section, text);
  for (const section of ['bench', 'frames']) {
    await put(section, '').catch((error) => {
      throw new SetupError(`${page} cannot take the tables: ${error.message}`);
    });
  }
  return async (section, text) => writeFile(page, await put(section, text));
}

async function checkWritable(file) {
  const handle = await open(file, 'a').catch((error) => {
    throw new SetupError(`${file} cannot be written: ${error.message}`);
  });
  await handle.close();
}

/** An engine that asks for something elsewhere is measured wrongly, unless it is known to try and kept from it. */
function failOnEscapes(rows, variants) {
  const known = new Set(variants.filter(({ reports }) => reports).map(({ engine }) => engine));
  const escaped = rows.filter(({ engine, refused }) => !known.has(engine) && refused.length > 0);
  if (escaped.length === 0) return;
  const list = escaped.map(({ engine, refused }) => `${engine}: ${refused.join(', ')}`).join('\n');
  throw new Error(`These asked for something from elsewhere and did not get it:\n${list}`);
}
