/** Builds the demo as a static site, and verifies the contents of a release. */
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run, SetupError } from '../setup/command.mjs';
import { readManifest } from '../setup/manifest.mjs';
import { qualityWasmOutput, root, wasmOutput } from '../setup/paths.mjs';
import { describeFiles } from './sums.mjs';

const demo = join(root, 'demo-chime');

/** License files. They keep their paths, because they link to one another. */
const notices = ['LICENSE-APACHE', 'LICENSE-MIT', 'THIRD_PARTY.md', 'models/LICENSES.md'];

/** @returns {Promise<{ file: string, sha256: string, redistributable: boolean }[]>} the models of the manifest. */
export async function readModels() {
  const path = join(root, 'models', 'manifest.json');
  return readManifest(await readFile(path, 'utf8'), path);
}

/**
 * Builds the demo without the models that may not be redistributed, and adds the licenses of all its parts.
 *
 * @param {string} folder the output folder, which is emptied first.
 */
export async function buildSite(folder, models) {
  // Imported late: Vite may have been installed since the start.
  const { build } = await import('vite');
  await build({
    root: demo,
    logLevel: 'warn',
    plugins: [leaveOut(models.filter(({ redistributable }) => !redistributable))],
    build: {
      outDir: folder,
      emptyOutDir: true,
      license: { fileName: 'licenses/npm-packages.md' },
      // On a busy machine, every plugin is reported as slow.
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  });
  await mkdir(join(folder, 'licenses', 'models'), { recursive: true });
  for (const path of notices) await cp(join(root, path), join(folder, 'licenses', path));
}

/** A Vite plugin that leaves out models. The demo offers only models whose files exist. */
function leaveOut(models) {
  const files = new Set(models.map(({ file }) => file));
  return {
    name: 'leave-out-models',
    enforce: 'pre',
    load(id) {
      if (files.has(basename(id.split('?')[0])))
        return { code: 'export default undefined;', moduleType: 'js' };
    },
  };
}

/**
 * Verifies that a built site has every page, wasm module and redistributable model byte for byte, and no other model.
 *
 * @throws {SetupError} that names the missing and the forbidden files.
 */
export async function checkSite(folder, models) {
  const files = await describeFiles(folder);
  const found = new Map(files.map(({ path, sha256 }) => [sha256, path]));
  const paths = new Set(files.map(({ path }) => path));
  const modules = [];
  for (const output of [wasmOutput, qualityWasmOutput]) {
    modules.push(...(await describeFiles(output)).filter(({ path }) => path.endsWith('.wasm')));
  }
  const pages = (await readdir(demo)).filter((name) => name.endsWith('.html'));
  const missing = [
    ...pages.filter((page) => !paths.has(page)),
    ...modules.filter(({ sha256 }) => !found.has(sha256)).map(({ path }) => path),
    ...models.filter((model) => model.redistributable && !found.has(model.sha256)).map(({ file }) => file),
  ];
  const withheld = models.filter((model) => !model.redistributable && found.has(model.sha256));
  if (missing.length > 0) throw new SetupError(`${folder} lacks ${missing.join(', ')}.`);
  if (withheld.length > 0) {
    const names = withheld.map(({ sha256 }) => found.get(sha256)).join(', ');
    throw new SetupError(
      `${folder} has models that may not be redistributed: ${names} (models/manifest.json, "redistributable").`,
    );
  }
  return `${files.length} files`;
}

/** @throws {SetupError} if the tarball lacks a wasm module, or contains a model that may not be redistributed. */
export async function checkTarball(tarball, models) {
  const paths = (await run('tar', ['-tzf', tarball])).trim().split('\n');
  const names = new Set(paths.map((path) => basename(path)));
  const modules = (await readdir(wasmOutput)).filter((name) => name.endsWith('.wasm'));
  const missing = modules.filter((name) => !names.has(name));
  const withheld = models.filter(({ file, redistributable }) => !redistributable && names.has(file));
  if (missing.length > 0) throw new SetupError(`${tarball} lacks ${missing.join(', ')}.`);
  if (withheld.length > 0) {
    const files = withheld.map(({ file }) => file).join(', ');
    throw new SetupError(`${tarball} has models that may not be redistributed: ${files}.`);
  }
  return `${paths.length} files`;
}
