/** Packs the npm package. */
import { join } from 'node:path';
import { npm } from '../setup/npm.mjs';
import { root } from '../setup/paths.mjs';

/** Packs `ts/` into a folder, and resolves with the path of the tarball. */
export async function pack(folder) {
  const output = await npm(['pack', '--silent', '--pack-destination', folder], { cwd: join(root, 'ts') });
  return join(folder, output.trim().split('\n').at(-1));
}
