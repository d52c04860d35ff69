/** Installs TypeDoc. It needs an older compiler than the project, and therefore has its own packages. */
import { join } from 'node:path';
import { npm, preparePackages } from '../setup/npm.mjs';
import { root } from '../setup/paths.mjs';
import { step } from '../setup/progress.mjs';
import { digest, unlessStamped } from '../setup/stamp.mjs';

/** Installs the packages that `read.mjs` and `page.mjs` of this folder import. */
export async function prepareTypeDoc() {
  await preparePackages();
  const folder = join(root, 'scripts', 'reference');
  await step('packages of the reference', async (report) => {
    const modules = join(folder, 'node_modules');
    const value = await digest(['scripts/reference/package.json', 'scripts/reference/package-lock.json']);
    const made = await unlessStamped(join(modules, '.stamp'), value, [modules], async () => {
      await npm(['ci', '--no-progress'], { cwd: folder, onLine: report });
    });
    return made ? '' : 'up to date';
  });
}
