/** The benchmarks of `npm run bench` in Chromium. The package is built before. */
import { join } from 'node:path';
import { step } from '../scripts/setup/progress.mjs';
import { launch } from './browser.mjs';
import { measureEffects, renderEffects, renderLevels } from './effects/effects.mjs';
import { engineNames } from './engines/registry.mjs';
import { describeMachine } from './machine.mjs';
import { findModels, findNames, shortNames } from './models.mjs';
import { measureOperators } from './operators/operators.mjs';
import { renderDispatches, renderOperators } from './operators/tables.mjs';
import { drivePage, qualityLevels, reportModules } from './report/drive.mjs';
import { openOutput } from './report/output.mjs';
import { LEGEND, renderReport, renderSummary } from './report/sections.mjs';
import { measureRuntimes, prepareRuntimes } from './runtimes/main.mjs';
import { renderMachine } from './runtimes/report.mjs';
import { serve } from './server.mjs';

/**
 * @typedef {object} Outcome
 * @property {object} result all figures.
 * @property {string} text the figures as Markdown, for the mode's page in docs/reports.
 * @property {string} [summary] Markdown for another page, see report/output.mjs.
 * @property {string} [details] text for the terminal only.
 * @property {string} [problem] why the figures cannot be trusted.
 */

/** @type {Record<string, (browser: import('playwright-core').Browser, options: object) => Promise<Outcome>>} */
const modes = {
  page: measurePage,
  runtimes: (browser, options) => withModels(browser, options, measureRuntimes),
  operators: (browser, options) => withModels(browser, options, timeOperators),
  effects: (browser, options) => withModels(browser, options, timeEffects),
};

/**
 * @param {ReturnType<import('./arguments.mjs').parseArguments>} options
 * @param {string} browserPath
 */
export async function runBenchmark(options, browserPath) {
  const { mode } = options;
  // Errors in the options surface before the long run.
  const names = await findNames(options.model);
  const models = mode === 'page' ? undefined : await findModels(options.model);
  const output = await openOutput(mode, options, sectionOf(options));
  if (mode === 'runtimes') await prepareRuntimes(options, models);
  if (options.peers) await prepareRuntimes(options, await selfies(names));

  const browser = await launch(browserPath, options.gpu);
  try {
    const { problem, ...figures } = await modes[mode](browser, { ...options, names });
    await output(figures);
    if (problem) throw new Error(problem);
  } finally {
    await browser.close();
  }
}

/** The section of the mode's page in docs/reports that the figures belong to. */
function sectionOf({ mode, gpu, backend }) {
  if (mode === 'page' && gpu !== 'none') return `page-${gpu}`;
  return mode === 'effects' && backend === 'cpu' ? 'effects-cpu' : mode;
}

/** The selfie models among them, which some engines read only after conversion. */
const selfies = (names) => findModels(names.filter((name) => Object.values(shortNames).includes(name)));

async function measurePage(browser, options) {
  const { names, backend, refine, input, rounds, frames, engine } = options;
  const others = engine.length > 0 ? engine : engineNames.filter((name) => name !== 'cyclorama');
  const result = await drivePage(browser, {
    models: names,
    backends: backend,
    refinements: refine,
    sizes: input,
    peers: options.peers ? others : [],
    rounds,
    frames,
    quality: true,
  });
  const page = await reportModules();
  const failed = result.rows.filter(({ error }) => error !== undefined);
  const problem = failed.length === result.rows.length ? 'Nothing could be measured.' : undefined;
  const report = page.checkReport(result);
  const text = `${renderReport(report, page)}\n\n${LEGEND}`;
  return { result, text, summary: renderSummary(report, page), problem };
}

async function withModels(browser, options, measure) {
  const server = await serve();
  try {
    return await measure(browser, server, await findModels(options.model), options);
  } finally {
    server.close();
  }
}

async function timeOperators(browser, server, models, { rounds, shaders }) {
  const machine = await describeMachine(browser);
  const operators = [];
  for (const model of models) {
    await step(`${model.name}: operators`, async () => {
      const folder = shaders && join(shaders, model.name);
      operators.push(await measureOperators(browser, server, model, { rounds, shaders: folder }));
    });
  }
  const text = [`${renderMachine(machine)} ${rounds} rounds.`, renderOperators(operators)].join('\n\n');
  return { result: { machine, rounds, operators }, text, details: renderDispatches(operators) };
}

async function timeEffects(browser, server, _, { rounds, backend = 'webgpu' }) {
  const machine = await describeMachine(browser);
  const [model, yardstick] = await findModels(['landscape', 'general']);
  let effects;
  await step('whole frames', async () => {
    effects = await measureEffects(browser, server, { backend, model, yardstick, rounds });
  });
  return {
    result: { machine, rounds, effects },
    text: renderEffects(effects, renderMachine(machine)),
    summary: renderLevels(effects, await qualityLevels(), renderMachine(machine)),
  };
}
