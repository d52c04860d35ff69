/** Where figures go: the terminal, a file of JSON, and tables and reports in docs/reports. */
import { open, writeFile } from 'node:fs/promises';
import { SetupError } from '../../scripts/setup/command.mjs';
import { pageWriter } from '../sections.mjs';
import { store } from './store.mjs';

/** The page whose section of the same name takes a subcommand's tables. */
export const pageOf = (section) => `docs/reports/${section}.md`;
/** The sections whose figures are reports of whole frames. Those are kept, and compared with published figures. */
const REPORTS = ['page', 'native'];

/**
 * Gives a function that puts figures where the options say. Fails now where it could not do so: measuring takes long.
 *
 * @param {string} section a subcommand of `npm run bench`.
 * @param {{ json?: string, markdown?: boolean }} options
 * @returns {Promise<(figures: { result: object, text: string, details?: string }) => Promise<void>>} `text` is Markdown,
 *   `details` are for the terminal alone.
 * @throws {SetupError}
 */
export async function openOutput(section, { json, markdown }) {
  const isReport = REPORTS.includes(section);
  const writeTables = markdown && (await pageWriter(pageOf(section), [section]));
  const writeSeeds = markdown && isReport && (await pageWriter(pageOf('seeds'), ['seeds']));
  if (json) await checkWritable(json);
  return async ({ result, text, details }) => {
    if (json) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
    if (details) console.log(`\n${details}`);
    console.log(`\n${text}`);
    if (writeTables) await writeTables(section, text);
    if (!writeSeeds) return;
    await store(result);
    // Vite, which reads the page's modules, is one of the packages that have only just been installed.
    const { seedsText } = await import('./seeds.mjs');
    await writeSeeds('seeds', await seedsText());
  };
}

async function checkWritable(file) {
  const handle = await open(file, 'a').catch((error) => {
    throw new SetupError(`${file} cannot be written: ${error.message}`);
  });
  await handle.close();
}
