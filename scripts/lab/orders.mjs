/**
 * `npm run lab -- orders`: random orders of calls and faults over a fake engine. It also puts known defects back
 * to verify that the test finds them.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../bench/markdown.mjs';
import { pageWriter } from '../../bench/sections.mjs';
import { CommandError, run as execute } from '../setup/command.mjs';
import { checkNode, preparePackages } from '../setup/npm.mjs';
import { root } from '../setup/paths.mjs';
import { step } from '../setup/progress.mjs';
import { wholeNumber } from './options.mjs';

/**
 * Former defects that are reintroduced. Each change replaces a text of a file in ts/src.
 *
 * @type {{ name: string, file: string, changes: [string, string][] }[]}
 */
const DEFECTS = [
  {
    name: 'a matting change resets omitted options to their values at the time of the call',
    file: 'page/background-state.ts',
    changes: [
      [
        'this.#commit(change, loaded, request, stop)',
        "this.#commit('temporalSmoothing' in change || 'refinement' in change ? { ...before, ...change } : change, loaded, request, stop)",
      ],
      [
        'const request = this.#policy.lastRequest;',
        `const request = this.#policy.lastRequest;
         const { temporalSmoothing, refinement } = this.#configuration;
         const before = { temporalSmoothing, ...(refinement && { refinement }) };`,
      ],
    ],
  },
  {
    name: 'a refinement change restores the quality of the time of the call',
    file: 'page/background-state.ts',
    changes: [
      [
        'this.#commit(change, loaded, request, stop)',
        "this.#commit('refinement' in change ? { quality: before, ...change } : change, loaded, request, stop)",
      ],
      [
        'const request = this.#policy.lastRequest;',
        'const request = this.#policy.lastRequest; const before = this.#configuration.quality;',
      ],
    ],
  },
  {
    name: 'a failed re-instantiation of the module causes an unhandled rejection',
    file: 'worker/engine-supervisor.ts',
    changes: [['await replaceInstance(lost).catch(() => {})', 'await replaceInstance(lost)']],
  },
  {
    name: 'a video that loads during `destroy` keeps playing',
    file: 'page/background-state.ts',
    changes: [
      [
        "if (this.#service.closed) throw new CycloramaError('destroyed', 'the background was destroyed');",
        '',
      ],
    ],
  },
  {
    name: 'after `none`, a failed effect shows the camera again',
    file: 'page/display-policy.ts',
    changes: [["this.#isCameraAllowed ? 'camera' : 'nothing'", "'camera'"]],
  },
];

/** The failure message of ts/tests/orders/orders.test.ts. */
const FOUND = /Property failed after (\d+) tests/;

export const summary =
  'tests random orders of calls and faults, and verifies that they find reintroduced defects';

export const help = `Usage: npm run lab -- orders [options]

Calls all methods of a background in random orders over a fake engine, while files, engines, devices and workers fail.
Checks that the last call wins, all resources are closed and no camera frame is shown. Then reintroduces known defects,
one at a time, and counts the orders until each is found. Exits with status 1 if an order fails or a defect is not found.

  --runs N        number of orders (default: 20000)
  --defects N     orders within which each defect has to be found (default: 2000)
  --seed N        seed of the random numbers (default: 20261126)
  --markdown      write the table into docs/reports/orders.md
  --json          print the figures as JSON
  -h, --help      show this text`;

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '20000' },
      defects: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '20261126' },
      markdown: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const runs = wholeNumber('--runs', values.runs, 1);
  const within = wholeNumber('--defects', values.defects, 1);
  const seed = wholeNumber('--seed', values.seed, 0);
  const write = values.markdown && (await pageWriter('docs/reports/orders.md', ['orders']));
  checkNode();
  await preparePackages();
  let violation;
  await step(`${runs} orders`, async () => {
    violation = await runOrders(runs, seed);
    return violation ? 'one fails' : 'none fails';
  });
  const defects = [];
  for (const { name, ...defect } of DEFECTS) {
    await step(name, async () => {
      const found = await runOrders(within, seed, defect);
      const foundAfter = found && Number(FOUND.exec(found)?.[1]);
      defects.push({ name, foundAfter });
      return found ? `found after ${foundAfter} orders` : 'not found';
    });
  }
  const text = report(runs, within, seed, violation, defects);
  console.log(values.json ? JSON.stringify({ runs, seed, violation, defects }, undefined, 2) : `\n${text}`);
  if (write) await write('orders', text);
  if (violation || defects.some(({ foundAfter }) => !foundAfter)) process.exitCode = 1;
}

/** @returns {Promise<string | undefined>} the failure and its order, or undefined. */
async function runOrders(runs, seed, defect) {
  const env = { CYCLORAMA_ORDERS: String(runs), CYCLORAMA_SEED: String(seed) };
  if (defect) {
    const source = await readFile(join(root, 'ts', 'src', defect.file), 'utf8');
    for (const [text] of defect.changes) {
      if (!source.includes(text))
        throw new CommandError('lab -- orders', `${defect.file} has no "${text}"`, '');
    }
    env.CYCLORAMA_DEFECT = JSON.stringify(defect);
  }
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const config = join(root, 'ts', 'tests', 'orders', 'vitest.config.ts');
  try {
    await execute(process.execPath, [vitest, 'run', '--config', config], { env });
    return undefined;
  } catch (cause) {
    if (cause instanceof CommandError && FOUND.test(cause.output)) return cause.output;
    throw cause;
  }
}

function report(runs, within, seed, violation, defects) {
  const rows = defects.map(({ name, foundAfter }) => [
    name,
    foundAfter ? `after ${foundAfter} orders` : `**not within ${within}**`,
  ]);
  const result = violation ? `**one fails:** ${violation}` : 'none fails';
  return `${runs} orders of seed ${seed}: ${result}.\n\n${table(['reintroduced defect', 'found'], rows)}`;
}
