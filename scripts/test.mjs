/** `npm test`: prepares what is missing, then runs all checks and tests and adds up what they report. */
import { parseArgs } from 'node:util';
import { SetupError } from './setup/command.mjs';
import { Preparation } from './setup/prepare.mjs';
import { main } from './setup/progress.mjs';
import { Runner } from './test/runner.mjs';
import { suites } from './test/suites.mjs';
import { summarise } from './test/summary.mjs';

const names = Object.keys(suites);
const help = `Usage: npm test -- [options]

Prepares what is missing and runs all checks and tests. Parts whose files have not changed since they passed are not run
again. What needs a tool that cannot be had here is skipped by name.

  --only SUITE   ${names.join(', ')}; may be repeated
  --full         also what takes long: fuzzing, and every fault, call and model in every browser
  --again        also the parts that passed before and have not changed, as CI=true does
  -h, --help     show this text

Seconds of every part: docs/internals/test-times.md.`;

await main(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: names },
      full: { type: 'boolean', default: false },
      again: { type: 'boolean', default: Boolean(process.env.CI) },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);
  const unknown = values.only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new SetupError(`--only takes ${names.join(', ')}, not "${unknown}".`);
  const named = values.only !== names;

  const parts = names
    .filter((name) => values.only.includes(name))
    .flatMap((suite) => suites[suite].map((part) => ({ ...part, suite, title: `${suite}: ${part.title}` })))
    .filter((part) => values.full || named || !part.full);
  const since = performance.now();
  const runner = new Runner(new Preparation(), { full: values.full, again: values.again });
  const results = await runner.run(parts);
  const isWhole = !named && results.every(({ outcome }) => outcome !== 'up to date');
  await summarise(results, { seconds: (performance.now() - since) / 1000, full: values.full, isWhole });
});
