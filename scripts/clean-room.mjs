/** `npm run clean-room`: runs the README's two commands in a fresh clone with empty caches. */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../bench/markdown.mjs';
import { pageWriter } from '../bench/sections.mjs';
import { closedEnvironment } from './clean-room/environment.mjs';
import { Session } from './clean-room/session.mjs';
import { ask, run, SetupError } from './setup/command.mjs';
import { root } from './setup/paths.mjs';
import { main, step } from './setup/progress.mjs';
import { clock } from './test/summary.mjs';

const help = `Usage: npm run clean-room -- [options]

Clones the committed state and gives the clone an empty home with empty caches (cargo, npm, Cyclorama) and the installed
toolchain. Runs the README's commands unattended: npm start until the page answers and all modules are ready, npm
start again, then npm test to its end. Prints the times of all steps. Takes about an hour on two cores.

  --only NAME   run only start or only test (npm test then starts without caches)
  --warm        run npm test a second time, with --again
  --markdown    write the table into docs/internals/clean-room.md
  --json        print the table as JSON
  --keep        keep clone, home and log, and print their folder
  -h, --help    show this text`;

/** Time limits of the phases, in minutes. */
const LIMITS = { start: 40, test: 90 };

await main(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      warm: { type: 'boolean' },
      markdown: { type: 'boolean' },
      json: { type: 'boolean' },
      keep: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);
  if (values.only !== undefined && !Object.hasOwn(LIMITS, values.only)) {
    throw new SetupError(`--only takes start or test, not "${values.only}".`);
  }
  const commit = await ask('git', ['rev-parse', '--short', 'HEAD']);
  if (!commit)
    throw new SetupError('The clean room clones the committed state, and this is not a git checkout.');
  if (await ask('git', ['status', '--porcelain'])) {
    console.log('  Uncommitted changes are not tested.');
  }
  const write = values.markdown && (await pageWriter('docs/internals/clean-room.md', ['clean-room']));
  const busy = loadavg()[0];
  if (busy > 0.5)
    console.log(`  This machine is busy (load ${busy.toFixed(1)}): the times will be too long.`);

  const folder = await mkdtemp(join(tmpdir(), 'cyclorama-clean-room-'));
  for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
    process.once(signal, () => process.exit(status));
  }
  const steps = [];
  let kept = values.keep;
  try {
    const checkout = join(folder, 'cyclorama');
    await step('clone', () => run('git', ['clone', '--quiet', '--no-local', root, checkout]));
    const session = new Session(
      checkout,
      await closedEnvironment(join(folder, 'home')),
      join(folder, 'log.txt'),
    );
    if (values.only !== 'test') {
      steps.push(...(await session.start('npm start', LIMITS.start)));
      steps.push(...(await session.start('npm start, again', LIMITS.start)));
    }
    if (values.only !== 'start') {
      steps.push(...(await session.test('npm test', LIMITS.test)));
      if (values.warm) steps.push(...(await session.test('npm test, again', LIMITS.test)));
    }
  } catch (error) {
    kept = true;
    throw error;
  } finally {
    kept ||= process.exitCode === 1;
    if (kept) console.log(`\n  Clone, home and log are in ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }

  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, load ${busy.toFixed(1)} before`;
  const text = `${machine}, commit ${commit}, ${new Date().toISOString().slice(0, 10)}.\n\n${render(steps)}`;
  if (values.json) console.log(JSON.stringify({ machine, commit, steps }, null, 2));
  else console.log(`\n${text}`);
  if (write) await write('clean-room', text);
});

function render(steps) {
  return table(
    ['command', 'step', 'time', 'result'],
    steps.map(({ command, title, seconds, note }) => [command, title, clock(seconds), note ?? '']),
  );
}
