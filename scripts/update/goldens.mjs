/** `npm run update -- goldens`: compares the models with LiteRT, and writes the worst differences into docs/reports/goldens.md. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pageWriter } from '../../bench/sections.mjs';
import { run as execute } from '../setup/command.mjs';
import { hostProfile, hostTarget, root } from '../setup/paths.mjs';
import { prepare } from '../setup/prepare.mjs';
import { step } from '../setup/progress.mjs';
import { runBrowserTests } from './browser-tests.mjs';

export const summary = 'differences of the models from LiteRT, in docs/reports/goldens.md';

export const help = `Usage: npm run update -- goldens

Compares the seven models with LiteRT on every backend, natively and in the browser, and writes the table of worst
differences into docs/reports/goldens.md, between its marks.

  -h, --help  show this text`;

const header = `| model | backend | raw | probability |
|---|---|---|---|`;

export async function run(args) {
  parseArgs({ args });
  const write = await pageWriter('docs/reports/goldens.md', ['goldens']);
  const env = await prepare({ host: true, meet: true, package: true, browser: true });
  const rows = [];
  await step('goldens: native', async (report) => {
    // By their names: choosing the test's file would build burn again, with only the features that it asks for.
    const tests = ['seven_models', '--nocapture'];
    const test = ['test', '--workspace', '--profile', hostProfile, '--locked', '--', ...tests];
    const output = await execute('cargo', test, {
      env: { ...env, CARGO_TARGET_DIR: hostTarget },
      onLine: report,
    });
    rows.push(...output.split('\n').filter((line) => line.startsWith('| ')));
  });
  await step('goldens: browser', async (report) => {
    await runBrowserTests('sdk', 'goldens', { env, onLine: report });
    const worst = JSON.parse(await readFile(join(root, 'tests', 'output', 'goldens.json'), 'utf8'));
    const names = { webgpu: 'WebGPU, wasm', cpu: 'flex, wasm' };
    for (const { model, backend, raw, probability } of worst) {
      rows.push(`| ${model} | ${names[backend]} | ${digits(raw)} | ${digits(probability)} |`);
    }
  });
  const text = [header, ...rows.sort()].join('\n');
  await write('goldens', text);
  console.log(`\n${text}`);
}

const digits = (value) => value.toExponential(1);
