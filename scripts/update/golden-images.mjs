/** `npm run update -- golden-images`: renders the golden images, and writes the differences of every backend. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../bench/markdown.mjs';
import { pageWriter } from '../../bench/sections.mjs';
import { run as execute } from '../setup/command.mjs';
import { hostProfile, hostTarget, root } from '../setup/paths.mjs';
import { prepare } from '../setup/prepare.mjs';
import { step } from '../setup/progress.mjs';
import { runBrowserTests } from './browser-tests.mjs';

export const summary =
  'golden images of the effects, and the differences of every backend in docs/quality.md';

export const help = `Usage: npm run update -- golden-images

Renders the images of tests/golden/images on the CPU. Compares the images of every backend with them, natively and in
the browser, and writes the table of differences into docs/quality.md, between its marks.

  -h, --help  show this text`;

/** Column heads of the table, by their names in the test results. */
const columns = {
  cpu: 'CPU',
  'cpu, I420': 'CPU, I420',
  wgpu: 'wgpu, native',
  'cpu and wgpu': 'both, native',
  webgpu: 'WebGPU, browser',
  webgl: 'WebGL2, browser',
  'cpu, browser': 'CPU, browser',
  'cpu, browser, I420': 'CPU, browser, I420 frame',
  'a pixel aside': 'moved by a pixel',
  '2 % of red': '2 % of red',
  'the frame': 'no effect',
};

export async function run(args) {
  parseArgs({ args });
  const write = await pageWriter('docs/quality.md', ['golden-images']);
  const env = await prepare({ host: true, program: true, package: true, browser: true });
  const test = (name, options) => {
    // By name, because `--test FILE` would rebuild burn with other features.
    const args = ['test', '--workspace', '--profile', hostProfile, '--locked', '--', name, '--nocapture'];
    return execute('cargo', args, {
      ...options,
      env: { ...env, ...options.env, CARGO_TARGET_DIR: hostTarget },
    });
  };
  await step('golden images', async (report) => {
    await test('golden_images_on_cpu', { env: { REMAKE_GOLDEN_IMAGES: '1' }, onLine: report });
  });
  let results = [];
  await step('differences: native', async (report) => {
    const output = await test('golden_images', { onLine: report });
    results = [...output.matchAll(/^\| (.+) \| (.+) \| ([\d.]+) \|$/gm)].map(([, name, column, mean]) => {
      return { name, column, mean: Number(mean) };
    });
  });
  await step('differences: browser', async (report) => {
    await runBrowserTests('sdk', 'golden-images', { env, onLine: report });
    const measured = JSON.parse(await readFile(join(root, 'tests', 'output', 'golden-images.json'), 'utf8'));
    results.push(...measured.map(({ name, way, meanFlip }) => ({ name, column: way, mean: meanFlip })));
  });
  const { bounds, cases } = JSON.parse(
    await readFile(join(root, 'tests', 'golden', 'images', 'cases.json'), 'utf8'),
  );
  const text = render(results, bounds, cases);
  await write('golden-images', text);
  console.log(`\n${text}`);
}

function render(results, bounds, cases) {
  const mean = (name, column) =>
    results.find((result) => result.name === name && result.column === column)?.mean.toFixed(4);
  const names = Object.keys(columns);
  return table(
    ['image', ...Object.values(columns)],
    [
      ['*bound*', ...names.map((column) => bounds[column] && `*${bounds[column]}*`)],
      ...cases.map(({ name, bounds: own = {} }) => [
        `\`${name}\``,
        ...names.map((column) =>
          [mean(name, column), own[column] && `(*${own[column]}*)`].filter(Boolean).join(' '),
        ),
      ]),
    ],
  );
}
