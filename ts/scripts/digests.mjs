// Writes the digests of the files that are verified at load time, next to the WebAssembly modules.
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';

const modules = new URL('../wasm/', import.meta.url);
const manifest = new URL('../../models/manifest.json', import.meta.url);

/** Writes `ts/wasm/digests.js` and its types, if they have changed. */
export async function writeDigests() {
  const wasm = {
    webgpu: sri(await sha256(new URL('cyclorama_web_bg.wasm', modules))),
    webgl: sri(await sha256(new URL('cyclorama_webgl_bg.wasm', modules))),
    cpu: sri(await sha256(new URL('cyclorama_cpu_bg.wasm', modules))),
    cpuRelaxed: sri(await sha256(new URL('cyclorama_cpu_relaxed_bg.wasm', modules))),
  };
  const { models } = JSON.parse(await readFile(manifest, 'utf8'));
  const named = Object.fromEntries(models.map(({ name, sha256 }) => [name, sri(Buffer.from(sha256, 'hex'))]));
  const script = [
    '/** Checksums of the WebAssembly modules and models, in the form of an `integrity` attribute. Generated. */',
    `export const wasm = ${JSON.stringify(wasm, null, 2)};`,
    `export const models = ${JSON.stringify(named, null, 2)};\n`,
  ].join('\n');
  const keys = (object) =>
    Object.keys(object)
      .map((key) => JSON.stringify(key))
      .join(' | ');
  const types = [
    `export declare const wasm: Readonly<Record<${keys(wasm)}, string>>;`,
    `export declare const models: Readonly<Record<${keys(named)}, string>>;\n`,
  ].join('\n');
  await Promise.all([
    writeChanged(new URL('digests.js', modules), script),
    writeChanged(new URL('digests.d.ts', modules), types),
  ]);
}

async function sha256(file) {
  return createHash('sha256')
    .update(await readFile(file))
    .digest();
}

function sri(digest) {
  return `sha256-${digest.toString('base64')}`;
}

/** Writes a file only if its content differs, so that development servers do not reload. */
async function writeChanged(file, text) {
  const old = await readFile(file, 'utf8').catch(() => undefined);
  if (old !== text) await writeFile(file, text);
}

if (argv[1] && import.meta.url === pathToFileURL(realpathSync(argv[1])).href) {
  await writeDigests().catch((error) => {
    if (error.code !== 'ENOENT') throw error;
    console.error(`${error.path} is missing: run "npm run build" in the repository's root first.`);
    process.exit(1);
  });
}
