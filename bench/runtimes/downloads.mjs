/** The compressed size of the scripts and wasm modules that a page loads. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { root } from '../../scripts/setup/paths.mjs';
import { bench, benchCache } from '../paths.mjs';
import { sum } from '../statistics.mjs';

const compress = promisify(brotliCompress);
/** Caches compressed sizes, because brotli's highest quality takes seconds per megabyte. */
const known = join(benchCache, 'brotli.json');
const programs = [join(bench, 'node_modules'), join(root, 'ts', 'wasm')];

/** Bytes after `brotli -q 11` of the files in these folders among `files`. By default models and pages do not count. */
export async function brotliBytes(files, folders = programs) {
  const counted = files.filter((file) => folders.some((folder) => file.startsWith(folder + sep)));
  return sum(await Promise.all(counted.map(brotliBytesOf)));
}

/** @type {Promise<Record<string, number>> | undefined} sizes by SHA-256 of the uncompressed file. */
let sizes;

async function brotliBytesOf(file) {
  sizes ??= readFile(known, 'utf8').then(JSON.parse, () => ({}));
  const kept = await sizes;
  const bytes = await readFile(file);
  const key = createHash('sha256').update(bytes).digest('hex');
  if (kept[key] === undefined) {
    const quality = {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    };
    kept[key] = (await compress(bytes, { params: quality })).length;
    await mkdir(benchCache, { recursive: true });
    await writeFile(known, JSON.stringify(kept));
  }
  return kept[key];
}
