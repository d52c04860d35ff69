/** The subcommands of `npm run bench` that measure in Chromium. */
import { prepareBrowser } from '../../scripts/setup/browser.mjs';
import { prepare } from '../../scripts/setup/prepare.mjs';
import { helpOf, modes, parseArguments } from '../arguments.mjs';

/**
 * @param {keyof typeof modes} mode
 * @returns {import('../../scripts/subcommands.mjs').Subcommand}
 */
export const measureInBrowser = (mode) => ({
  summary: modes[mode].summary,
  help: helpOf(mode),
  run: async (args) => {
    const options = parseArguments(mode, args);
    if (options.build) await prepare({ package: true, demo: mode === 'page' });
    const browser = await prepareBrowser();
    // Imported late: playwright-core was installed by `prepare`.
    const { runBenchmark } = await import('../main.mjs');
    await runBenchmark(options, browser);
  },
});
