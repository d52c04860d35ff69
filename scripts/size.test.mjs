import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { root } from './setup/paths.mjs';

/** Megabytes of a folder's files with this ending, each compressed with brotli at its highest quality. */
async function download(folder, ending) {
  const path = join(root, 'ts', folder);
  const files = (await readdir(path, { recursive: true })).filter((file) => file.endsWith(ending));
  const bytes = await Promise.all(
    files.map(async (file) => promisify(brotliCompress)(await readFile(join(path, file)))),
  );
  return bytes.reduce((sum, { length }) => sum + length, 0) / 1e6;
}

test('what a page downloads for WebGPU stays under 1.2 MB', async () => {
  const module = await download('wasm', '.wasm');
  const scripts = (await download('wasm', '.js')) + (await download('dist', '.js'));
  assert.ok(module > 0.5 && scripts > 0.01, 'there are a module and scripts to weigh');
  assert.ok(
    module + scripts < 1.2,
    `${module.toFixed(3)} MB of wasm and ${scripts.toFixed(3)} MB of scripts`,
  );
});
