import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { root } from './setup/paths.mjs';

/** Megabytes of a folder's files that fit, each compressed with brotli at its highest quality. */
async function download(folder, pattern) {
  const path = join(root, 'ts', folder);
  const files = (await readdir(path, { recursive: true })).filter((file) => pattern.test(file));
  const bytes = await Promise.all(
    files.map(async (file) => promisify(brotliCompress)(await readFile(join(path, file)))),
  );
  return bytes.reduce((sum, { length }) => sum + length, 0) / 1e6;
}

for (const [what, name] of [
  ['WebGPU', 'web'],
  ['browsers without it', 'webgl'],
]) {
  test(`what a page downloads for ${what} stays under 1.2 MB`, async () => {
    const module = await download('wasm', new RegExp(`^cyclorama_${name}_bg\\.wasm$`));
    const glue = await download('wasm', new RegExp(`^cyclorama_${name}\\.js$`));
    const scripts = glue + (await download('dist', /\.js$/));
    assert.ok(module > 0.2 && glue > 0.005 && scripts > 0.01, 'there are a module and scripts to weigh');
    assert.ok(
      module + scripts < 1.2,
      `${module.toFixed(3)} MB of wasm and ${scripts.toFixed(3)} MB of scripts`,
    );
  });
}
