/** The checksums of a release. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { filesBelow } from './host.mjs';

/** @typedef {{ path: string, bytes: number, sha256: string }} ReleaseFile */

/** @returns {Promise<ReleaseFile[]>} every file below the folder, sorted by path. */
export async function describeFiles(folder) {
  const files = [];
  for (const path of await filesBelow(folder)) {
    const file = join(folder, path);
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    files.push({ path, bytes: (await stat(file)).size, sha256: hash.digest('hex') });
  }
  return files;
}

/** The text of `SHA256SUMS`, which `sha256sum --check` reads. */
export function sums(files) {
  return files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('');
}
