/** The npm packages, exactly as package-lock.json has them. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, SetupError } from './command.mjs';
import { root } from './paths.mjs';
import { step } from './progress.mjs';

/** What Vite and Vitest run on, as in package.json: these minor versions of two lines or later, and all lines after them. */
const oldest = { 20: 19, 22: 12 };

/** Fails in words on a Node.js that the tools do not run on. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || minor >= (oldest[major] ?? Number.POSITIVE_INFINITY)) return;
  throw new SetupError(
    `Node.js ${process.versions.node} will not do: install 20.19 or later of 20, or 22.12 or later.`,
  );
}

/** Installs the packages unless npm's own record of what it installed agrees with the lock file. */
export async function preparePackages() {
  await step('npm packages', async (report) => {
    if (await installedAsLocked()) return 'up to date';
    // Test tools find a browser of the system's; they must not fetch their own.
    const env = { PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' };
    await npm(['ci', '--no-progress'], { env, onLine: report });
  });
}

/** Runs npm: the one that runs us where there is one, which is also the way that works on Windows. */
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
    // The record has installed packages only: not the workspaces themselves, nor other systems' binaries.
    if (!path.startsWith('node_modules/') || wanted.optional) return true;
    const found = installed[path];
    return (
      found?.version === wanted.version &&
      found?.integrity === wanted.integrity &&
      found?.link === wanted.link
    );
  });
}
