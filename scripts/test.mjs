/** `npm test`: prepares what is missing, runs all checks and tests, and adds up their results. */
import { parseArgs } from 'node:util';
import { SetupError } from './setup/command.mjs';
import { Preparation } from './setup/prepare.mjs';
import { main } from './setup/progress.mjs';
import { Runner } from './test/runner.mjs';
import { suites } from './test/suites.mjs';
import { summarize } from './test/summary.mjs';

const names = Object.keys(suites);
const help = `Usage: npm test -- [options]

Prepares what is missing and runs all checks and tests. Skips parts that passed and whose files have not changed since.
Skips parts whose tools are unavailable, and lists them with the reason.

  --only SUITE   run only this suite: ${names.join(', ')}; may be repeated
  --full         run the long parts, too: fuzzing, and every fault, call and model in every browser
  --again        run the parts that passed and have not changed, too (default if CI=true)
  -h, --help     show this text

Times of all parts: docs/internals/test-times.md`;

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
  await summarize(results, { seconds: (performance.now() - since) / 1000, full: values.full, isWhole });
});
