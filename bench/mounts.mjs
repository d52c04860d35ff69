/** Maps URL paths of the benchmark's pages to files on disk. */
import { stat } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import { root } from '../scripts/setup/paths.mjs';
import { converted, hosts } from './paths.mjs';

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

/** The first folder of a URL path and its folder on disk. */
export const mounts = {
  bench: join(root, 'bench'),
  npm: join(root, 'bench', 'node_modules'),
  cyclorama: join(root, 'ts'),
  wasm: join(root, 'ts', 'wasm'),
  models: join(root, 'models'),
  golden: join(root, 'tests', 'golden'),
  data: join(root, 'tests', 'data'),
  clip: join(root, 'demo-chime', 'public'),
  converted,
  hosts,
};

/** Headers of isolated pages. Cross-origin isolation enables threads and precise clocks. */
export const isolation = {
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/**
 * The file behind `/MOUNT/PATH`. Undefined if it does not exist or lies outside the mounted folders.
 *
 * @param {string} path still percent-encoded.
 * @returns {Promise<{ file: string, size: number, type: string } | undefined>}
 */
export async function findFile(path) {
  const [, mount, ...rest] = decodeURIComponent(path).split('/');
  const folder = Object.hasOwn(mounts, mount) ? mounts[mount] : undefined;
  const file = folder && normalize(join(folder, ...rest));
  if (!file?.startsWith(folder + sep)) return undefined;
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const ending = file.slice(file.lastIndexOf('.'));
  return { file, size: found.size, type: types[ending] ?? 'application/octet-stream' };
}
