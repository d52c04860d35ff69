/** The sections of pages that commands write, between their marks. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from '../scripts/setup/command.mjs';
import { root } from '../scripts/setup/paths.mjs';
import { replaceSection } from './markdown.mjs';

/**
 * Gives a function that puts text into a section of a page. Fails now where the page lacks a section: measuring takes long.
 *
 * @param {string} page its path from the checkout's root.
 * @param {string[]} sections
 * @returns {Promise<(section: string, text: string) => Promise<void>>}
 * @throws {SetupError}
 */
export async function pageWriter(page, sections) {
  const path = join(root, page);
  const put = async (section, text) => replaceSection(await readFile(path, 'utf8'), section, text);
  for (const section of sections) {
    await put(section, '').catch((error) => {
      throw new SetupError(`${page} cannot take the tables: ${error.message}`);
    });
  }
  return async (section, text) => writeFile(path, await put(section, text));
}
