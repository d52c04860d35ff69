/** Stores which parts of the tests have passed, with digests of their dependencies. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from '../setup/command.mjs';
import { cache, root, wasmOutput } from '../setup/paths.mjs';

const folder = join(cache, 'passes');

/**
 * @typedef {object} Pass
 * @property {string} digest of the part's dependencies when it passed.
 * @property {string} at time of the pass, in ISO 8601.
 * @property {number} passed number of passed tests.
 * @property {number} skipped number of skipped tests.
 */

/** The digests of all files of the checkout, including changed and new ones. Read once. */
export class Sources {
  #files;

  /**
   * A digest over a part's files and further facts.
   *
   * @param {(path: string) => boolean} isInput whether the part depends on a file, by its path from the checkout's root.
   * @param {string[]} facts further dependencies, such as versions of compilers and browsers.
   * @returns {Promise<string | undefined>} undefined if git cannot list the files.
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

/** The digest of a file, or a constant for a deleted file that git still lists. */
async function digestOf(path) {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes ? createHash('sha256').update(bytes).digest('hex') : 'none';
}

/** The stamps of the wasm modules, which git ignores. */
async function wasmStamps() {
  const names = await readdir(wasmOutput).catch(() => []);
  const stamps = names.filter((name) => name.endsWith('.stamp')).sort();
  return Promise.all(
    stamps.map(async (name) => [`ts/wasm/${name}`, await readFile(join(wasmOutput, name), 'utf8')]),
  );
}

const fileOf = (part) => join(folder, `${part.replaceAll(/\W+/g, '-')}.json`);

/** @returns {Promise<Pass | undefined>} the last pass of a part, if its dependencies have not changed since. */
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
