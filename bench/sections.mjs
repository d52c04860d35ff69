/** The parts of docs/performance.md that commands write. */
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from '../scripts/setup/command.mjs';
import { root } from '../scripts/setup/paths.mjs';
import { replaceSection } from './markdown.mjs';

const page = join(root, 'docs', 'performance.md');

/**
 * Gives a function that puts text into a section; fails now if that could not be done.
 *
 * @param {string[]} sections
 * @returns {Promise<(section: string, text: string) => Promise<void>>}
 */
export async function pageWriter(sections) {
  const put = async (section, text) => replaceSection(await readFile(page, 'utf8'), section, text);
  for (const section of sections) {
    await put(section, '').catch((error) => {
      throw new SetupError(`${page} cannot take the tables: ${error.message}`);
    });
  }
  return async (section, text) => writeFile(page, await put(section, text));
}

/** @throws {SetupError} where a file could not be written later. */
export async function checkWritable(file) {
  const handle = await open(file, 'a').catch((error) => {
    throw new SetupError(`${file} cannot be written: ${error.message}`);
  });
  await handle.close();
}
