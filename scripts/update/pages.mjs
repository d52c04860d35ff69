/** `npm run update -- pages`: takes the reference screenshots of the demo's pages. */
import { parseArgs } from 'node:util';
import { prepare } from '../setup/prepare.mjs';
import { step } from '../setup/progress.mjs';
import { runBrowserTests } from './browser-tests.mjs';

export const summary = "screenshots of the demo's pages, in tests/golden/pages";

export const help = `Usage: npm run update -- pages

Takes a screenshot of each page of the demo at desktop and phone width, and writes the images into tests/golden/pages.
The tests compare the pages with them.

  -h, --help  show this text`;

export async function run(args) {
  parseArgs({ args });
  const env = await prepare({ host: true, program: true, package: true, demo: true, browser: true });
  await step('screenshots of the pages', async (report) => {
    await runBrowserTests('demo', 'pages.test', {
      env: { ...env, CYCLORAMA_RENEW_PAGES: '1' },
      onLine: report,
    });
  });
}
