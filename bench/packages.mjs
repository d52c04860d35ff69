/** The npm packages of the other engines, which only the benchmark needs. */
import { join } from 'node:path';
import { npm } from '../scripts/setup/npm.mjs';
import { step } from '../scripts/setup/progress.mjs';
import { digest, unlessStamped } from '../scripts/setup/stamp.mjs';
import { bench } from './paths.mjs';

export async function preparePeers() {
  await step('packages of the other engines', async (report) => {
    const modules = join(bench, 'node_modules');
    const value = await digest(['bench/package.json', 'bench/package-lock.json']);
    const made = await unlessStamped(join(modules, '.stamp'), value, [modules], async () => {
      await npm(['ci', '--no-progress'], { cwd: bench, onLine: report });
    });
    return made ? '' : 'up to date';
  });
}
