/** `npm run lab -- fuzz`: hostile input for what reads files and options from outside, by cargo-fuzz. */
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

/** Each target, with the longest input that is tried, in bytes. */
const targets = {
  tflite: { title: 'the reader of .tflite files', longest: 65_536 },
  import: { title: 'graphs that are nearly those of the models', longest: 512 },
  options: { title: "the engine's options from JavaScript", longest: 4096 },
};
const names = Object.keys(targets);

/** What one input may take: beyond it lies a finding. The largest file that is read whole here has 1.2 MB. */
const limits = { seconds: 10, allocationMb: 64, memoryMb: 1024 };

export const summary = 'feeds hostile files and options to the readers, by cargo-fuzz';

export const help = `Usage: npm run lab -- fuzz [options]

Runs hostile inputs through what reads files and options from outside. Any panic, any input that takes more than
${limits.seconds} s, and any allocation of more than ${limits.allocationMb} MB is a finding.

${names.map((name) => `  ${name.padEnd(9)} ${targets[name].title}`).join('\n')}

  --runs N         executions of each target (default: 100000)
  --seconds S      at most this long for each target (default: no limit)
  --target T       this target alone (may be repeated)
  --check          from the seeds alone and always in the same order, as npm test does; nothing is kept
  --sanitizer S    none or address; the latter also finds memory errors and needs its own build (default: none)
  --json           print the runs as JSON
  -h, --help       show this text

The corpus is kept in ${fuzzCorpora}, and the next run continues from it. Findings are there too, in findings/.`;

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

/** Runs one target to its end or to a finding. */
async function fuzz(name, program, { runs, seconds, check }) {
  const kept = check ? await mkdtemp(join(tmpdir(), 'cyclorama-fuzz-')) : join(fuzzCorpora, name);
  const folders = { corpus: join(kept, 'corpus'), seeds: join(kept, 'seeds') };
  const findings = join(fuzzCorpora, 'findings', name);
  for (const folder of [...Object.values(folders), findings]) await mkdir(folder, { recursive: true });
  const env = { CYCLORAMA_MODELS: join(root, 'models') };
  try {
    // A target that has seeds writes them and ends; the others end at once for want of runs.
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
      // What one target writes by itself need not be in the checkout.
      ...[join(root, 'rust', 'fuzz', 'corpus', name)].filter(existsSync),
    ];
    let result;
    await step(`fuzz target ${name}`, async (report) => {
      const output = await execute(program, args, { env, onLine: report }).catch((error) => {
        if (error instanceof CommandError) return error.output;
        throw error;
      });
      result = readRun(output);
      // A program that did not come to fuzzing at all is no finding and no run.
      if (result.executions === 0 && !result.finding) throw new CommandError(program, 'did not run', output);
      if (result.finding?.file) await writeFile(`${result.finding.file}.log`, output);
      return `${result.executions.toLocaleString('en')} executions`;
    });
    return result;
  } finally {
    if (check) await rm(kept, { recursive: true });
  }
}
