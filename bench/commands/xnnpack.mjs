/** `npm run bench -- xnnpack`: the models alone without a browser, compared with XNNPACK. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run as execute, SetupError, which } from '../../scripts/setup/command.mjs';
import { cache, hostTarget } from '../../scripts/setup/paths.mjs';
import { prepare } from '../../scripts/setup/prepare.mjs';
import { step } from '../../scripts/setup/progress.mjs';
import { table } from '../markdown.mjs';
import { openOutput } from '../report/output.mjs';

export const summary = 'the models alone natively, compared with XNNPACK';

export const help = `Usage: npm run bench -- xnnpack [options]

Times the five models alone with criterion: on one thread of the CPU, on the wgpu adapter, and on one thread of XNNPACK,
for which it makes a Python environment in the cache. Times of the operators: cargo bench --workspace --bench operators

  --no-install  leave XNNPACK out where it is not installed yet
  --json FILE   write the figures to this file
  --markdown    write the table into docs/reports/xnnpack.md, between its marks
  -h, --help    show this text`;

const results = join(hostTarget, 'criterion');

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      'no-install': { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
    },
  });
  const output = await openOutput('xnnpack', values);
  const env = await prepare({ host: true, meet: true });
  if (!values['no-install']) await installXnnpack();
  await rm(results, { recursive: true, force: true });
  await step('benchmark', async (report) => {
    // Both benches are built, so that cargo unites the same features as in every other call.
    const bench = ['bench', '--workspace', '--locked', '--', '^(segm|selfie)'];
    await execute('cargo', bench, { env: { ...env, CARGO_TARGET_DIR: hostTarget }, onLine: report });
  });
  const estimates = await readEstimates();
  await output({ result: estimates, text: `${describeMachine()}\n\n${renderTable(estimates)}` });
}

/** Google's `ai-edge-litert` for Python, where rust/bench/src/xnnpack.rs looks for it. */
async function installXnnpack() {
  const folder = join(cache, 'xnnpack');
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  await step('xnnpack', async (report) => {
    const system = which('python3') ?? which('python');
    if (!system) throw new SetupError('Python 3 is needed: https://www.python.org/downloads/');
    await execute(system, ['-m', 'venv', folder], { onLine: report });
    await execute(python, ['-m', 'pip', 'install', 'ai-edge-litert==2.3.0', 'numpy'], { onLine: report });
  });
}

/** The medians that criterion left, by model and backend. */
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
        model: group_id,
        backend: function_id,
        median: median.point_estimate,
        spread: spread.point_estimate,
      };
    }),
  );
}

function renderTable(estimates) {
  const backends = [...new Set(estimates.map(({ backend }) => backend))].sort();
  const models = [...new Set(estimates.map(({ model }) => model))].sort();
  const cell = (model, backend) => {
    const estimate = estimates.find((each) => each.model === model && each.backend === backend);
    return estimate && `${milliseconds(estimate.median)} ± ${milliseconds(estimate.spread)}`;
  };
  return table(
    ['model', ...backends],
    models.map((model) => [model, ...backends.map((backend) => cell(model, backend))]),
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
