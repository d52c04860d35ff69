/** `npm run golden-images`: remakes the golden images and writes how near every backend comes into docs/quality.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { replaceSection, table } from '../bench/markdown.mjs';
import { run } from './setup/command.mjs';
import { npm } from './setup/npm.mjs';
import { hostTarget, root } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';

const help = `Usage: npm run golden-images

Remakes the pictures of tests/golden/images on the processor, compares them with what every backend shows, natively and
in the browser, and writes the table of differences into docs/quality.md, between its marks. Look at what changed before
you commit it.`;

const page = join(root, 'docs', 'quality.md');
/** Columns of the table by their names in the tests' results. */
const columns = {
  cpu: 'processor',
  wgpu: 'wgpu, native',
  'cpu and wgpu': 'both, native',
  webgpu: 'WebGPU, browser',
  webgl: 'WebGL2, browser',
  'a pixel aside': 'a pixel aside',
  '2 % of red': '2 % of red',
  'the frame': 'the frame itself',
};

await main(async () => {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) return console.log(help);
  const env = await prepare({ host: true, program: true, package: true, browser: true });
  const test = (name, options) => {
    // By their names: choosing the test's file would build burn anew, with only the features that it asks for.
    const args = ['test', '--workspace', '--release', '--locked', '--', name, '--nocapture'];
    return run('cargo', args, { ...options, env: { ...env, ...options.env, CARGO_TARGET_DIR: hostTarget } });
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
    await npm(['run', '--silent', 'test:browser', '--', 'golden-images'], { env, onLine: report });
    const measured = JSON.parse(await readFile(join(root, 'tests', 'output', 'golden-images.json'), 'utf8'));
    results.push(
      ...measured.map(({ name, backend, meanFlip }) => ({ name, column: backend, mean: meanFlip })),
    );
  });
  const { bounds, cases } = JSON.parse(
    await readFile(join(root, 'tests', 'golden', 'images', 'cases.json'), 'utf8'),
  );
  const text = render(results, bounds, cases);
  await writeFile(page, replaceSection(await readFile(page, 'utf8'), 'golden-images', text));
  console.log(text);
});

function render(results, bounds, cases) {
  const mean = (name, column) =>
    results.find((result) => result.name === name && result.column === column)?.mean.toFixed(4);
  const names = Object.keys(columns);
  return table(
    ['picture', ...Object.values(columns)],
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
