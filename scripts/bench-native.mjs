/** `npm run bench:native`: whole frames natively, or the networks alone beside XNNPACK. */
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { table } from '../bench/markdown.mjs';
import { checkWritable, pageWriter } from '../bench/sections.mjs';
import { run } from './setup/command.mjs';
import { hostTarget, program } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';

const help = `Usage: npm run bench:native -- [options] [-- options of cyclorama bench]

Times whole frames and their stages natively, with \`cyclorama bench\`, on the machine's wgpu adapter and on the processor, and
shows its report.

  --xnnpack     instead, time the five networks alone with criterion: on one thread of the processor, on the adapter, and on
                one thread of XNNPACK, which a Python environment in the cache is made for. Times of the operators:
                cargo bench --workspace --bench operators
  --no-install  leave XNNPACK out where it is not there yet
  --quick       less of everything: fewer rounds, one network at 720p
  --json FILE   write the report to this file
  --markdown    write the tables into docs/performance.md, between their marks
  -h, --help    show this text`;

const execute = promisify(execFile);
const results = join(hostTarget, 'criterion');

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      xnnpack: { type: 'boolean', default: false },
      'no-install': { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);
  const mode = values.xnnpack ? networksAlone : wholeFrames;
  const sections = values.xnnpack ? ['xnnpack'] : ['native', 'seeds'];
  const write = values.markdown && (await pageWriter(sections));
  if (values.json) await checkWritable(values.json);
  const { result, text, finish } = await mode(values, positionals);
  if (values.json) await writeFile(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(`\n${text}`);
  if (write) {
    await write(sections[0], text);
    await finish?.(write);
  }
});

/** What `cyclorama bench` reports. */
async function wholeFrames({ quick }, options) {
  await prepare({ host: true, program: true });
  // Vite, which reads the page's modules, is one of the packages that have only just been installed.
  const { reportModules } = await import('../bench/report/drive.mjs');
  const { LEGEND, renderReport } = await import('../bench/report/sections.mjs');
  const { seedsText } = await import('../bench/report/seeds.mjs');
  const { store } = await import('../bench/report/store.mjs');
  const { commit } = await import('../bench/machine.mjs');
  const little = ['--model', 'selfie_segmentation_landscape', '--input', '720p', '--rounds', '3'];
  let report;
  await step('cyclorama bench', async () => {
    const args = ['bench', '--json', ...(quick ? little : []), ...options];
    // What it says on standard error is in the report, too.
    const { stdout } = await execute(program, args, { maxBuffer: 2 ** 26 });
    report = JSON.parse(stdout);
    return `${report.rows.length} configurations`;
  });
  const name = await commit();
  if (name) report = { ...report, commit: name };
  const page = await reportModules();
  return {
    result: report,
    text: `${renderReport(page.checkReport(report), page)}\n\n${LEGEND}`,
    finish: async (write) => {
      await store(report);
      await write('seeds', await seedsText());
    },
  };
}

/** The networks on flex, wgpu and XNNPACK. */
async function networksAlone({ 'no-install': noInstall }) {
  const env = await prepare({ host: true });
  if (!noInstall) await import('./xnnpack.mjs');
  await rm(results, { recursive: true, force: true });
  await step('benchmark', async (report) => {
    // Both benches are built, so that cargo unites the same features as in every other call.
    const bench = ['bench', '--workspace', '--locked', '--', '^(segm|selfie)'];
    await run('cargo', bench, { env: { ...env, CARGO_TARGET_DIR: hostTarget }, onLine: report });
  });
  const estimates = await readEstimates();
  return { result: estimates, text: `${describeMachine()}\n\n${renderTable(estimates)}` };
}

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
