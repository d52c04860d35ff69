/** `npm test`: prepares what is missing, then runs all checks and tests and adds up what they say. */
import { parseArgs } from 'node:util';
import { CommandError, SetupError } from './setup/command.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';
import { suites } from './test/suites.mjs';

const names = Object.keys(suites);
const help = `Usage: npm test -- [--only ${names.join('|')}]

Prepares what is missing and runs all checks and tests.

  --only SUITE   run this suite alone (may be repeated)
  -h, --help     show this text`;

await main(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: names },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);
  const unknown = values.only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new SetupError(`--only takes ${names.join(', ')}, not "${unknown}".`);
  const chosen = names.filter((name) => values.only.includes(name));

  const env = await prepare(Object.assign({}, ...chosen.map((name) => suites[name].needs)));
  console.log();
  const results = [];
  for (const name of chosen) {
    for (const part of suites[name].parts) results.push({ suite: name, ...(await runPart(part, env)) });
  }
  summarise(chosen, results);
});

/** Runs one part to its end; a failure is counted and shown, and the next part still runs. */
async function runPart({ title, start, tally, unavailable }, env) {
  const reason = await unavailable?.();
  if (reason) {
    console.log(`  – ${title} skipped: ${reason}`);
    return { passed: 0, failed: 0 };
  }
  let output;
  let failure;
  try {
    await step(title, async (report) => {
      output = await start({ env, onLine: report });
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    failure = error;
    output = error.output;
  }
  const counts = tally(output, failure === undefined);
  if (failure) {
    console.error(`\n${output.trimEnd()}\n\nerror: ${failure.message}\n`);
    return { passed: counts.passed, failed: Math.max(1, counts.failed) };
  }
  for (const line of counts.closing) console.log(`      ${line.trim()}`);
  if (counts.passed === 0) {
    console.error(`error: ${title} passed without having run a test`);
    return { passed: 0, failed: 1 };
  }
  return counts;
}

function summarise(chosen, results) {
  console.log();
  const total = (key, counted) => counted.reduce((sum, result) => sum + result[key], 0);
  for (const name of chosen) {
    const ofSuite = results.filter((result) => result.suite === name);
    console.log(`  ${name.padEnd(8)} ${total('passed', ofSuite)} passed, ${total('failed', ofSuite)} failed`);
  }
  const failed = total('failed', results);
  console.log(`\n${total('passed', results)} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
