/** Content stamps, with which steps are skipped if their inputs have not changed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { root } from './paths.mjs';

/** Names of output folders, at any depth. */
const outputs = new Set(['node_modules', 'target', 'dist', 'output']);

/** SHA-256 over the names and contents of files and folders (relative to the checkout) and over further strings. */
export async function digest(inputs, ...facts) {
  const hash = createHash('sha256');
  for (const fact of facts) hash.update(`${fact}\0`);
  for (const input of inputs) {
    for (const file of await filesUnder(join(root, input))) {
      hash.update(`${relative(root, file)}\0`);
      hash.update(
        createHash('sha256')
          .update(await readFile(file))
          .digest(),
      );
    }
  }
  return hash.digest('hex');
}

async function filesUnder(path) {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const kept = entries.filter((entry) => !(entry.isDirectory() && outputs.has(entry.name)));
  const nested = await Promise.all(kept.map((entry) => filesUnder(join(path, entry.name))));
  return nested.flat().sort();
}

/**
 * Calls `make` unless all `products` (absolute paths) exist and `stampFile` contains `value`. The stamp is removed
 * first and written last, so that an interrupted step runs again.
 *
 * @returns {Promise<boolean>} whether `make` was called.
 */
export async function unlessStamped(stampFile, value, products, make) {
  const known = existsSync(stampFile) ? await readFile(stampFile, 'utf8') : '';
  if (known === value && products.every((product) => existsSync(product))) return false;
  await rm(stampFile, { force: true });
  await make();
  await mkdir(dirname(stampFile), { recursive: true });
  await writeFile(stampFile, value);
  return true;
}
