/** Remembers which parts of the tests have passed, by digests of all that they depend on. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from '../setup/command.mjs';
import { cache, root, wasmOutput } from '../setup/paths.mjs';

const folder = join(cache, 'passes');

/**
 * @typedef {object} Pass
 * @property {string} digest what the part depended on when it passed.
 * @property {string} at when that was, in ISO 8601.
 * @property {number} passed how many tests passed.
 * @property {number} skipped how many were skipped.
 */

/** The files of the checkout, changed and new ones included, with a digest of each; read once. */
export class Sources {
  #files;

  /**
   * A digest over the files that a part depends on and over further facts.
   *
   * @param {(path: string) => boolean} isInput tells the part's files, by their paths from the checkout's root.
   * @param {string[]} facts what else it depends on: compilers, browsers, what is missing.
   * @returns {Promise<string | undefined>} undefined where git cannot list the files.
   */
  async digest(isInput, facts) {
    this.#files ??= this.#read();
    const files = await this.#files;
    if (!files) return undefined;
    const hash = createHash('sha256');
    for (const fact of facts) hash.update(`${fact}\0`);
    for (const [path, value] of files) if (isInput(path)) hash.update(`${path}\0${value}\0`);
    return hash.digest('hex');
  }

  async #read() {
    const listed = await ask('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
    if (listed === undefined) return undefined;
    const paths = [...new Set(listed.split('\0').filter(Boolean))].sort();
    const files = await Promise.all(paths.map(async (path) => [path, await digestOf(join(root, path))]));
    return [...files, ...(await wasmStamps())];
  }
}

/** A file that is deleted and still listed has a value too. */
async function digestOf(path) {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes ? createHash('sha256').update(bytes).digest('hex') : 'none';
}

/** The wasm modules are not git's, and say themselves what they were built of. */
async function wasmStamps() {
  const names = await readdir(wasmOutput).catch(() => []);
  const stamps = names.filter((name) => name.endsWith('.stamp')).sort();
  return Promise.all(
    stamps.map(async (name) => [`ts/wasm/${name}`, await readFile(join(wasmOutput, name), 'utf8')]),
  );
}

const fileOf = (part) => join(folder, `${part.replaceAll(/\W+/g, '-')}.json`);

/** @returns {Promise<Pass | undefined>} the last pass of a part, if nothing that it depends on has changed since. */
export async function passOf(part, digest) {
  const text = await readFile(fileOf(part), 'utf8').catch(() => undefined);
  const pass = text && JSON.parse(text);
  return pass && digest !== undefined && pass.digest === digest ? pass : undefined;
}

/** @param {Pass} pass */
export async function recordPass(part, pass) {
  await mkdir(folder, { recursive: true });
  await writeFile(fileOf(part), JSON.stringify(pass));
}
