/** What `npm run bench` does once everything is built. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { step } from '../scripts/setup/progress.mjs';
import { launch } from './browser.mjs';
import { findModels } from './models.mjs';
import { measureOperators } from './operators/operators.mjs';
import { dispatchTable, operatorTable } from './operators/tables.mjs';
import { serve } from './server.mjs';

const operatorRounds = 10;

/**
 * @param {ReturnType<import('./arguments.mjs').parseArguments>} options
 * @param {string} browserPath
 */
export async function runBenchmark(options, browserPath) {
  const models = await findModels(options.model);
  const server = await serve();
  const browser = await launch(browserPath, options);
  try {
    const result = { operators: await timeOperators(browser, server, models, options) };
    if (options.json) await writeFile(options.json, `${JSON.stringify(result, undefined, 2)}\n`);
  } finally {
    await browser.close();
    server.close();
  }
}

async function timeOperators(browser, server, models, { rounds = operatorRounds, shaders }) {
  const all = [];
  for (const model of models) {
    await step(`operators: ${model.name}`, async () => {
      const folder = shaders && join(shaders, model.name);
      all.push(await measureOperators(browser, server, model, { rounds, shaders: folder }));
    });
  }
  for (const operators of all) {
    console.log(`\n## ${operators.model}\n\n${dispatchTable(operators)}\n\n${operatorTable(operators)}`);
  }
  return all;
}
