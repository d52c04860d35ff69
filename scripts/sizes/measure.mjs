/** Measures the downloads of a page and of a package manager. */
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { build } from 'vite';
import { npm } from '../setup/npm.mjs';
import { root } from '../setup/paths.mjs';

const folder = join(root, 'ts');
const compress = promisify(brotliCompress);

/**
 * @typedef {object} Size sizes in bytes.
 * @property {number} raw
 * @property {number} brotli each file compressed alone, at the highest quality.
 */

/**
 * Bundles each subpath as an app would, minified and without the peer dependencies, and measures the output.
 *
 * @returns {Promise<{ backends: Record<'webgpu' | 'webgl' | 'cpu', Record<string, Size>>, subpaths: Record<string, Size>,
 *   plainCpu: Size, onPage: Size, tarball: { packed: number, unpacked: number } }>}
 */
export async function measure() {
  const { exports, peerDependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const entries = Object.entries(exports).filter(([, target]) => target.default !== undefined);
  const external = new RegExp(`^(${Object.keys(peerDependencies).join('|')})(/|$)`);
  const subpaths = {};
  let files;
  for (const [subpath, target] of entries) {
    const output = await bundle(join(folder, target.default), external);
    const entry = output.find(({ isEntry }) => isEntry);
    subpaths[subpath === '.' ? 'cyclorama' : `cyclorama${subpath.slice(1)}`] = await weighAll([
      entry,
      ...importsOf(entry, output),
    ]);
    if (subpath === '.') files = output;
  }
  const find = (pattern) => weighFile(files, pattern);
  const page = subpaths.cyclorama;
  const onPage = await weighAll(lazyCode(files));
  const backend = async (name, module = name) => ({
    'page script': page,
    'worker script': await find(/^assets\/worker-[^/]*\.js$/),
    'wasm glue': await find(new RegExp(`^assets/cyclorama_${name}-[^/]*\\.js$`)),
    'wasm module': await find(new RegExp(`^assets/cyclorama_${module}_bg-[^/]*\\.wasm$`)),
    model: await find(/^assets\/selfie_segmentation_landscape-[^/]*\.tflite$/),
  });
  return {
    backends: {
      webgpu: await backend('web'),
      webgl: await backend('webgl'),
      cpu: await backend('cpu', 'cpu_relaxed'),
    },
    plainCpu: await find(/^assets\/cyclorama_cpu_bg-[^/]*\.wasm$/),
    subpaths,
    onPage,
    tarball: await weighTarball(),
  };
}

async function bundle(input, external) {
  const { output } = await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    worker: { format: 'es' },
    build: {
      write: false,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: false,
      rolldownOptions: { input, external, preserveEntrySignatures: 'strict' },
    },
  });
  return output;
}

/** The chunks that a chunk imports, directly or indirectly. A page downloads them together. */
function importsOf(chunk, output, found = new Set()) {
  for (const name of chunk.imports) {
    const imported = output.find(({ fileName }) => fileName === name);
    if (!imported || found.has(imported)) continue;
    found.add(imported);
    importsOf(imported, output, found);
  }
  return [...found];
}

/** The chunks with the code of the worker, for pages with `worker: false`. */
function lazyCode(output) {
  const entry = output.find(({ isEntry }) => isEntry);
  const loaded = new Set([entry, ...importsOf(entry, output)]);
  const lazy = new Set();
  for (const chunk of output) {
    if (chunk.type !== 'chunk' || loaded.has(chunk)) continue;
    if (!/src\/worker\/|dist\/worker\//.test(chunk.facadeModuleId ?? '')) continue;
    lazy.add(chunk);
    for (const imported of importsOf(chunk, output)) if (!loaded.has(imported)) lazy.add(imported);
  }
  return [...lazy];
}

async function weighAll(chunks) {
  const sizes = await Promise.all(chunks.map(({ code }) => weigh(code)));
  return total(sizes);
}

async function weighFile(files, pattern) {
  // The glue is emitted twice, for the worker and for pages without one. A page loads one of them.
  const found = files.find(({ fileName }) => pattern.test(fileName));
  if (!found) throw new Error(`no file of the build matches ${pattern}`);
  return weigh(found.code ?? found.source);
}

async function weigh(content) {
  const bytes = Buffer.from(content);
  return { raw: bytes.length, brotli: (await compress(bytes)).length };
}

async function weighTarball() {
  const output = await npm(['pack', '--json', '--silent', '--pack-destination', tmpdir()], { cwd: folder });
  // Depending on its version, npm prints an array or an object by name.
  const [{ filename, size, unpackedSize }] = Object.values(JSON.parse(output.slice(output.search(/^[[{]/m))));
  await rm(join(tmpdir(), filename));
  return { packed: size, unpacked: unpackedSize };
}

/** The total size of several parts. */
export function total(parts) {
  const sum = (key) => Object.values(parts).reduce((all, size) => all + size[key], 0);
  return { raw: sum('raw'), brotli: sum('brotli') };
}
