/** `npm run bench:seeds`: what others published with ours beside it, from the reports in docs/reports. */
import { parseArgs } from 'node:util';
import { preparePackages } from './setup/npm.mjs';
import { main } from './setup/progress.mjs';

const help = `Usage: npm run bench:seeds [-- --markdown]

Shows the tables that others published (bench/published.json) with our figures beside them, from the reports that
\`npm run bench -- --markdown\` and \`npm run bench:native -- --markdown\` left in docs/reports. Measures nothing.

  --markdown    write the tables into docs/performance.md
  -h, --help    show this text`;

await main(async () => {
  const { values } = parseArgs({
    options: { markdown: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return console.log(help);
  await preparePackages();
  const { seedsText } = await import('../bench/report/seeds.mjs');
  const { pageWriter } = await import('../bench/sections.mjs');
  const text = await seedsText();
  console.log(text);
  if (values.markdown) await (await pageWriter(['seeds']))('seeds', text);
});
