/** `npm run goldens`: runs the golden tests everywhere and writes their worst differences into docs/architecture.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './setup/command.mjs';
import { npm } from './setup/npm.mjs';
import { hostTarget, root } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';

const help = `Usage: npm run goldens

Holds the seven networks against LiteRT on every backend, natively and in the browser, and writes the table of worst
differences into docs/architecture.md, between its marks.`;

const page = join(root, 'docs', 'architecture.md');
const begin = '<!-- goldens: npm run goldens -->';
const end = '<!-- /goldens -->';
const header = `| model | backend | raw | probability |
|---|---|---|---|`;

await main(async () => {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) return console.log(help);
  const env = await prepare({ host: true, package: true, browser: true });
  const rows = [];
  await step('goldens: native', async (report) => {
    // By their names: choosing the test's file would build burn anew, with only the features that it asks for.
    const tests = ['seven_models', '--nocapture'];
    const test = ['test', '--workspace', '--release', '--locked', '--', ...tests];
    const output = await run('cargo', test, {
      env: { ...env, CARGO_TARGET_DIR: hostTarget },
      onLine: report,
    });
    rows.push(...output.split('\n').filter((line) => line.startsWith('| ')));
  });
  await step('goldens: browser', async (report) => {
    await npm(['run', '--silent', 'test:browser', '--', 'goldens'], { env, onLine: report });
    const worst = JSON.parse(await readFile(join(root, 'tests', 'output', 'goldens.json'), 'utf8'));
    const names = { webgpu: 'WebGPU, wasm', cpu: 'flex, wasm' };
    for (const { model, backend, raw, probability } of worst) {
      rows.push(`| ${model} | ${names[backend]} | ${digits(raw)} | ${digits(probability)} |`);
    }
  });
  const table = [header, ...rows.sort()].join('\n');
  const text = await readFile(page, 'utf8');
  const [before, rest] = text.split(begin);
  await writeFile(page, `${before}${begin}\n${table}\n${end}${rest.split(end)[1]}`);
  console.log(table);
});

function digits(value) {
  return value.toExponential(1);
}
