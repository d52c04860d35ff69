/** Installs the npm packages of package-lock.json. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, SetupError } from './command.mjs';
import { root } from './paths.mjs';
import { step } from './progress.mjs';

/** The minimum minor versions of Node.js 20 and 22, as in package.json. All later major versions are supported. */
const oldest = { 20: 19, 22: 12 };

/** Throws if the tools do not support this version of Node.js. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || minor >= (oldest[major] ?? Number.POSITIVE_INFINITY)) return;
  throw new SetupError(
    `Node.js ${process.versions.node} is not supported: install 20.19 or later of version 20, or 22.12 or later.`,
  );
}

/** Installs the packages unless npm's record of the installation matches the lock file. */
export async function preparePackages() {
  await step('npm packages', async (report) => {
    if (await installedAsLocked()) return 'up to date';
    // The tests use the system's browser. The tools must not download their own.
    const env = { PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' };
    await npm(['ci', '--no-progress'], { env, onLine: report });
  });
}

/** Runs npm. Prefers the npm that runs this process, which also works on Windows. */
export function npm(args, options) {
  const cli = process.env.npm_execpath;
  return cli ? run(process.execPath, [cli, ...args], options) : run('npm', args, options);
}

async function installedAsLocked() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const locked = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(await readFile(record, 'utf8')).packages;
  return Object.entries(locked).every(([path, wanted]) => {
    // The record lists only installed packages, without the workspaces and the binaries of other systems.
    if (!path.startsWith('node_modules/') || wanted.optional) return true;
    const found = installed[path];
    return (
      found?.version === wanted.version &&
      found?.integrity === wanted.integrity &&
      found?.link === wanted.link
    );
  });
}
