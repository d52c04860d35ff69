/**
 * `node scripts/smoke.mjs`, a suite of `npm test`: installs the packed package into typical apps, builds them and
 * inspects their output.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pack } from './release/pack.mjs';
import { CommandError, SetupError } from './setup/command.mjs';
import { npm } from './setup/npm.mjs';
import { root } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';
import { apps } from './smoke/apps.mjs';

const names = Object.keys(apps);
const help = `Usage: node scripts/smoke.mjs [--only ${names.join('|')}] [--keep]

Packs the npm package, installs it into fresh copies of the apps in tests/smoke, builds them and opens them in Chromium.
Each app has to blur the room behind a person in a worker, with one wasm module and one model from its own server.

  --only APP     test only this app (may be repeated)
  --keep         keep the copies, and print their folder
  -h, --help     show this text`;

await main(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: names },
      keep: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);
  const unknown = values.only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new SetupError(`--only takes ${names.join(', ')}, not "${unknown}".`);

  const { CHROMIUM_PATH } = await prepare({ package: true, browser: true });
  // Outside the checkout, so that apps cannot resolve its packages by accident.
  const folder = await mkdtemp(join(tmpdir(), 'cyclorama-smoke-'));
  // Imported late: playwright-core was installed by `prepare`.
  const [{ launch }, { inspect }] = await Promise.all([
    import('../bench/browser.mjs'),
    import('./smoke/page.mjs'),
  ]);
  const browser = await launch(CHROMIUM_PATH, 'emulated');
  const counts = { passed: 0, failed: 0 };
  try {
    let tarball;
    await step('pack', async () => {
      tarball = await pack(folder);
    });
    for (const name of names.filter((name) => values.only.includes(name))) {
      const copy = join(folder, name);
      await testApp(name, { copy, tarball, inspect: (url) => inspect(browser, url) }, counts);
      if (!values.keep) await rm(copy, { recursive: true, force: true });
    }
  } finally {
    await browser.close();
    if (values.keep) console.log(`\nThe apps are in ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
});

/** Installs, builds and opens one app. A failed step skips the later steps of the same build. */
async function testApp(name, { copy, tarball, inspect }, counts) {
  const { image, builds } = apps[name];
  const attempt = async (title, action) => {
    try {
      await step(`${name}: ${title}`, action);
      counts.passed += 1;
      return true;
    } catch (error) {
      counts.failed += 1;
      console.error(`${error instanceof CommandError ? error.output : error.stack}\n`);
      return false;
    }
  };
  const install = async (report) => {
    await cp(join(root, 'tests', 'smoke', name), copy, { recursive: true, filter: isSource });
    await cp(join(root, 'tests', 'data', 'astronaut.png'), join(copy, image));
    // Not `npm ci`, which refuses a lock file from a registry without the binaries of some systems. `--no-save` also
    // installs the locked versions.
    const quiet = ['--no-progress', '--no-audit', '--no-fund', '--prefer-offline'];
    await npm(['install', '--no-save', ...quiet, tarball], { cwd: copy, onLine: report });
  };
  if (!(await attempt('install', install))) return;
  for (const { title, command, pages } of builds) {
    if (command && !(await attempt(title, (onLine) => command(copy, onLine)))) continue;
    for (const { title, serve } of pages) {
      await attempt(title, async () => {
        const server = await serve(copy);
        try {
          return await inspect(server.url);
        } finally {
          await server.close();
        }
      });
    }
  }
}

/** Leaves out build outputs in the app's folder. */
function isSource(path) {
  return !/[\\/](node_modules|dist|\.next)$/.test(path);
}
