/** `npm run bench:native`: times the networks natively beside XNNPACK and writes the table into docs/performance.md. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { replaceSection, table } from '../bench/markdown.mjs';
import { run } from './setup/command.mjs';
import { hostTarget, root } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';

const help = `Usage: npm run bench:native [-- --no-install]

Times the five networks with criterion: on one thread of the processor, on the machine's wgpu adapter, and on one
thread of XNNPACK, which a Python environment in the cache is made for. Writes the table into docs/performance.md,
between its marks. Times of the operators: cargo bench --workspace --bench operators.

  --no-install  leave XNNPACK out where it is not there yet
  -h, --help    show this text`;

const results = join(hostTarget, 'criterion');
const page = join(root, 'docs', 'performance.md');

await main(async () => {
  const { values } = parseArgs({
    options: { 'no-install': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return console.log(help);
  const env = await prepare({ host: true });
  if (!values['no-install']) await import('./xnnpack.mjs');
  await rm(results, { recursive: true, force: true });
  await step('benchmark', async (report) => {
    // Both benches are built, so that cargo unites the same features as in every other call.
    const bench = ['bench', '--workspace', '--locked', '--', '^(segm|selfie)'];
    await run('cargo', bench, { env: { ...env, CARGO_TARGET_DIR: hostTarget }, onLine: report });
  });
  const text = `${describeMachine()}\n\n${renderTable(await readEstimates())}`;
  await writeFile(page, replaceSection(await readFile(page, 'utf8'), 'native', text));
  console.log(text);
});

/** The medians that criterion left, by network and backend. */
async function readEstimates() {
  const files = await readdir(results, { recursive: true });
  const found = files.filter((file) => file.endsWith(join('new', 'estimates.json')));
  return Promise.all(
    found.map(async (file) => {
      const read = async (name) => JSON.parse(await readFile(join(results, file, '..', name), 'utf8'));
      const [{ median, median_abs_dev: spread }, { group_id, function_id }] = await Promise.all([
        read('estimates.json'),
        read('benchmark.json'),
      ]);
      return {
        network: group_id,
        backend: function_id,
        median: median.point_estimate,
        spread: spread.point_estimate,
      };
    }),
  );
}

function renderTable(estimates) {
  const backends = [...new Set(estimates.map(({ backend }) => backend))].sort();
  const networks = [...new Set(estimates.map(({ network }) => network))].sort();
  const cell = (network, backend) => {
    const estimate = estimates.find((each) => each.network === network && each.backend === backend);
    return estimate && `${milliseconds(estimate.median)} ± ${milliseconds(estimate.spread)}`;
  };
  return table(
    ['network', ...backends],
    networks.map((network) => [network, ...backends.map((backend) => cell(network, backend))]),
  );
}

function milliseconds(nanoseconds) {
  return (nanoseconds / 1e6).toPrecision(3);
}

function describeMachine() {
  const [{ model }, { length }] = [cpus()[0], cpus()];
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${model}, ${length} cores. Milliseconds of one inference, median ± median deviation; flex and XNNPACK with one thread, wgpu until the result is read back.`;
}
