/** Writes the sections of pages that commands keep up to date, between their marks. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from '../scripts/setup/command.mjs';
import { root } from '../scripts/setup/paths.mjs';
import { replaceSection } from './markdown.mjs';

/**
 * Resolves with a function that writes text into a section of a page. Rejects before the long run if the page lacks a
 * section.
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
