/** `npm run bench -- native`: whole frames without a browser, by `cyclorama bench`. */
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { optimizedProgram } from '../../scripts/setup/paths.mjs';
import { prepare } from '../../scripts/setup/prepare.mjs';
import { step } from '../../scripts/setup/progress.mjs';
import { commit } from '../machine.mjs';
import { openOutput } from '../report/output.mjs';

export const summary = 'whole frames natively, on the wgpu adapter and on the CPU';

export const help = `Usage: npm run bench -- native [options] [-- options of cyclorama bench]

Times whole frames and their stages natively, with \`cyclorama bench\`, on the machine's wgpu adapter and on the CPU, and
shows its report.

  --quick       3 rounds of one model at 720p
  --json FILE   write the report to this file
  --markdown    write the tables into docs/reports/native.md, between their marks
  -h, --help    show this text`;

const little = ['--model', 'selfie_segmentation_landscape', '--input', '720p', '--rounds', '3'];

export async function run(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
    },
  });
  const output = await openOutput('native', values);
  await prepare({ host: true, optimizedProgram: true });
  // Vite, which reads the page's modules, is one of the packages that have only just been installed.
  const { reportModules } = await import('../report/drive.mjs');
  const { LEGEND, renderReport } = await import('../report/sections.mjs');
  const report = await measure([...(values.quick ? little : []), ...positionals]);
  const page = await reportModules();
  await output({ result: report, text: `${renderReport(page.checkReport(report), page)}\n\n${LEGEND}` });
}

async function measure(options) {
  let report;
  await step('cyclorama bench', async () => {
    // What it writes to standard error is in the report, too.
    const { stdout } = await promisify(execFile)(optimizedProgram, ['bench', '--json', ...options], {
      maxBuffer: 2 ** 26,
    });
    report = JSON.parse(stdout);
    return `${report.rows.length} configurations`;
  });
  const name = await commit();
  return name ? { ...report, commit: name } : report;
}
