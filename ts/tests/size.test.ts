import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Megabytes of a folder's files with this ending, each compressed with brotli at its highest quality. */
function download(folder: string, ending: string): number {
  const files = readdirSync(root + folder, { recursive: true, encoding: 'utf8' });
  const sizes = files
    .filter((file) => file.endsWith(ending))
    .map((file) => brotliCompressSync(readFileSync(`${root}${folder}/${file}`)).length);
  return sizes.reduce((sum, size) => sum + size, 0) / 1e6;
}

test('what a page downloads for WebGPU stays under 1.2 MB', { timeout: 120_000 }, () => {
  const module = download('wasm', '.wasm');
  const scripts = download('wasm', '.js') + download('dist', '.js');
  expect(module).toBeGreaterThan(0.5);
  expect(scripts).toBeGreaterThan(0.01);
  expect(module + scripts).toBeLessThan(1.2);
});
