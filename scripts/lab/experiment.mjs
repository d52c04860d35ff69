/** Runs an experiment in real browsers: arguments, preparation, pages, report and exit status. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pageWriter } from '../../bench/sections.mjs';
import { root } from '../setup/paths.mjs';
import { prepare } from '../setup/prepare.mjs';

/**
 * @typedef {object} Outcome
 * @property {unknown} report the figures, for `--json`.
 * @property {string} text the figures as Markdown, for the terminal and for the page.
 * @property {string[]} [closing] lines that are printed last.
 * @property {boolean} [failed] whether the command ends with status 1.
 */

/**
 * Opens a page of tests/browser/live, passes its harness to `action`, and closes the page afterwards.
 *
 * @typedef {<T>(target: string, file: string, action: (harness: object) => Promise<T>) => Promise<T>} Visit
 */

/**
 * @template Settings
 * @param {object} experiment
 * @param {import('node:util').ParseArgsConfig['options']} experiment.options its own options. `--markdown` and
 *   `--json` are added.
 * @param {(values: object) => Settings} experiment.read converts the options to settings, or throws if one is invalid.
 * @param {boolean} [experiment.firefox] whether it needs Firefox in addition to Chromium.
 * @param {string} experiment.page path of the page that `--markdown` writes, from the checkout's root.
 * @param {string | ((settings: Settings) => string)} experiment.section the page's section.
 * @param {(settings: Settings, visit: Visit) => Promise<Outcome>} experiment.conduct
 * @param {string[]} args
 */
export async function runExperiment({ options, read, firefox = false, page, section, conduct }, args) {
  const { values } = parseArgs({
    args,
    options: { ...options, markdown: { type: 'boolean' }, json: { type: 'boolean' } },
  });
  const settings = read(values);
  const place = typeof section === 'function' ? section(settings) : section;
  const write = values.markdown && (await pageWriter(page, [place]));
  Object.assign(process.env, await prepare({ package: true, browser: true, firefox }));
  const { report, text, closing = [], failed = false } = await conduct(settings, await openHarness());
  console.log(values.json ? JSON.stringify(report, undefined, 2) : `\n${text}`);
  if (write) await write(place, text);
  if (closing.length > 0) console.log(`\n${closing.join('\n')}`);
  if (failed) process.exitCode = 1;
}

/** @returns {Promise<Visit>} */
async function openHarness() {
  // Imported late: Vite was installed by `prepare`.
  const { runnerImport } = await import('vite');
  const { module } = await runnerImport(join(root, 'tests', 'browser', 'live', 'harness.ts'));
  return async (target, file, action) => {
    const harness = await module.Harness.open(target, file);
    try {
      return await action(harness);
    } finally {
      await harness.close();
    }
  };
}
