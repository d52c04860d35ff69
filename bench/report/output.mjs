/** Writes figures to the terminal, to a JSON file, and to docs/reports as tables and reports. */
import { open, writeFile } from 'node:fs/promises';
import { SetupError } from '../../scripts/setup/command.mjs';
import { pageWriter } from '../sections.mjs';
import { store } from './store.mjs';

/** The page for a subcommand's tables. */
export const pageOf = (name) => `docs/reports/${name}.md`;
/** The sections whose figures are reports of whole frames. They are stored and compared with published figures. */
const REPORTS = ['page', 'native'];
/** Other pages with a section for the figures of a section. */
const SUMMARIES = {
  page: { file: 'docs/performance.md', name: 'without-gpu' },
  'effects-cpu': { file: 'docs/internals/quality-control.md', name: 'levels' },
};

/**
 * Resolves with a function that writes figures as the options request. Rejects before the long run if that is impossible.
 *
 * @param {string} name a subcommand of `npm run bench`.
 * @param {{ json?: string, markdown?: boolean }} options
 * @param {string} section of the subcommand's page.
 * @returns {Promise<(figures: import('../main.mjs').Outcome) => Promise<void>>}
 * @throws {SetupError}
 */
export async function openOutput(name, { json, markdown }, section = name) {
  const isReport = REPORTS.includes(section);
  const writeTables = markdown && (await pageWriter(pageOf(name), [section]));
  const other = SUMMARIES[section];
  const writeSummary = markdown && other && (await pageWriter(other.file, [other.name]));
  const writeSeeds = markdown && isReport && (await pageWriter(pageOf('seeds'), ['seeds']));
  if (json) await checkWritable(json);
  return async ({ result, text, summary, details }) => {
    if (json) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
    if (details) console.log(`\n${details}`);
    console.log(`\n${text}`);
    if (writeTables) await writeTables(section, text);
    if (writeSummary) await writeSummary(other.name, summary);
    if (!writeSeeds) return;
    await store(result);
    // Imported late: Vite, which loads the page's modules, may have been installed since the start.
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
