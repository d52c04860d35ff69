/** `npm run lab -- fuzz`: fuzzes the parsers of files and options with cargo-fuzz. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareModels } from '../models.mjs';
import { CommandError, run as execute } from '../setup/command.mjs';
import { prepareTargets } from '../setup/fuzz.mjs';
import { checkNode, preparePackages } from '../setup/npm.mjs';
import { fuzzCorpora, root } from '../setup/paths.mjs';
import { step } from '../setup/progress.mjs';
import { requireCargo } from '../setup/rust.mjs';
import { readRun, runLines } from './fuzz-report.mjs';
import { oneOf, wholeNumber } from './options.mjs';

/** The targets, each with the longest generated input in bytes. */
const targets = {
  tflite: { title: 'the reader of .tflite files', longest: 65_536 },
  import: { title: 'graphs similar to those of the models', longest: 512 },
  options: { title: "the engine's options from JavaScript", longest: 4096 },
};
const names = Object.keys(targets);

/** Limits for one input. Exceeding one is a finding. The largest file that is read as a whole here has 1.2 MB. */
const limits = { seconds: 10, allocationMb: 64, memoryMb: 1024 };

export const summary = 'fuzzes the parsers of files and options with cargo-fuzz';

export const help = `Usage: npm run lab -- fuzz [options]

Feeds hostile inputs to the parsers of files and options. Any panic, any input that takes more than ${limits.seconds} s, and
any allocation of more than ${limits.allocationMb} MB is a finding.

${names.map((name) => `  ${name.padEnd(9)} ${targets[name].title}`).join('\n')}

  --runs N         executions of each target (default: 100000)
  --seconds S      time limit of each target (default: none)
  --target T       run only this target (may be repeated)
  --check          start from the seeds only, in a fixed order, and keep nothing (as npm test does)
  --sanitizer S    none, or AddressSanitizer with 'address', which also finds memory errors (default: none)
  --json           print the runs as JSON
  -h, --help       show this text

The corpus is kept in ${fuzzCorpora}. The next run continues from it. Findings are in its folder findings/.`;

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '100000' },
      seconds: { type: 'string', default: '0' },
      target: { type: 'string', multiple: true, default: names },
      check: { type: 'boolean' },
      sanitizer: { type: 'string', default: 'none' },
      json: { type: 'boolean' },
    },
  });
  const runs = wholeNumber('--runs', values.runs, 1);
  const seconds = wholeNumber('--seconds', values.seconds, 0);
  for (const name of values.target) oneOf('--target', name, names);
  oneOf('--sanitizer', values.sanitizer, ['none', 'address']);
  const chosen = names.filter((name) => values.target.includes(name));

  checkNode();
  await requireCargo();
  await preparePackages();
  await prepareModels();
  const programOf = await prepareTargets(chosen, values.sanitizer);
  const results = [];
  for (const name of chosen) {
    const result = await fuzz(name, programOf(name), { runs, seconds, check: values.check });
    results.push({ target: name, ...result });
  }

  if (values.json) console.log(JSON.stringify({ runs: results }, null, 2));
  else console.log(`\n${runLines(results).join('\n')}`);
  const found = results.filter(({ finding }) => finding);
  for (const { target, finding } of found) {
    console.error(`\n${target}: ${finding.cause}\n  input: ${finding.file ?? 'not written'}`);
  }
  console.log(`\n${results.length - found.length} passed, ${found.length} failed`);
  if (found.length > 0) process.exitCode = 1;
}

/** Runs one target until it finishes or has a finding. */
async function fuzz(name, program, { runs, seconds, check }) {
  const kept = check ? await mkdtemp(join(tmpdir(), 'cyclorama-fuzz-')) : join(fuzzCorpora, name);
  const folders = { corpus: join(kept, 'corpus'), seeds: join(kept, 'seeds') };
  const findings = join(fuzzCorpora, 'findings', name);
  for (const folder of [...Object.values(folders), findings]) await mkdir(folder, { recursive: true });
  const env = { CYCLORAMA_MODELS: join(root, 'models') };
  try {
    // A target with seeds of its own writes them and exits. The others exit at once.
    await execute(program, ['-runs=0'], { env: { ...env, CYCLORAMA_SEEDS: folders.seeds } });
    const args = [
      `-runs=${runs}`,
      ...(seconds > 0 ? [`-max_total_time=${seconds}`] : []),
      ...(check ? ['-seed=1'] : []),
      `-max_len=${targets[name].longest}`,
      `-timeout=${limits.seconds}`,
      `-malloc_limit_mb=${limits.allocationMb}`,
      `-rss_limit_mb=${limits.memoryMb}`,
      `-artifact_prefix=${findings}/`,
      '-print_final_stats=1',
      folders.corpus,
      folders.seeds,
      // Not every target has seeds in the checkout.
      ...[join(root, 'rust', 'fuzz', 'corpus', name)].filter(existsSync),
    ];
    let result;
    await step(`fuzz target ${name}`, async (report) => {
      const output = await execute(program, args, { env, onLine: report }).catch((error) => {
        if (error instanceof CommandError) return error.output;
        throw error;
      });
      result = readRun(output);
      // A program that did not start fuzzing is an error, not a finding.
      if (result.executions === 0 && !result.finding) throw new CommandError(program, 'did not run', output);
      if (result.finding?.file) await writeFile(`${result.finding.file}.log`, output);
      return `${result.executions.toLocaleString('en')} executions`;
    });
    return result;
  } finally {
    if (check) await rm(kept, { recursive: true });
  }
}
