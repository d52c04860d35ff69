/** `npm run page-pictures`: remakes the pictures of the demo's pages that the tests compare with. */
import { parseArgs } from 'node:util';
import { npm } from './setup/npm.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';

const help = `Usage: npm run page-pictures

Photographs each page of the demo at desktop and phone width and keeps the pictures in tests/golden/pages. The tests compare
with them. Look at what changed before you commit it.`;

await main(async () => {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) return console.log(help);
  const env = await prepare({ host: true, program: true, package: true, demo: true, browser: true });
  await step('pictures of the pages', async (report) => {
    await npm(['run', '--silent', 'test:browser', '--', 'pages.test'], {
      env: { ...env, CYCLORAMA_RENEW_PAGES: '1' },
      onLine: report,
    });
  });
});
