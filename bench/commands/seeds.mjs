/** `npm run bench -- seeds`: published figures compared with ours, from the reports in docs/reports. */
import { parseArgs } from 'node:util';
import { preparePackages } from '../../scripts/setup/npm.mjs';
import { pageOf } from '../report/output.mjs';
import { pageWriter } from '../sections.mjs';

export const summary = 'measures nothing: compares docs/reports with what others published';

export const help = `Usage: npm run bench -- seeds [options]

Shows the tables that others published (bench/published.json) next to our figures, from the reports that
\`npm run bench -- page --markdown\` and \`npm run bench -- native --markdown\` left in docs/reports. Measures nothing.

  --markdown    write the tables into docs/reports/seeds.md
  -h, --help    show this text`;

export async function run(args) {
  const { values } = parseArgs({ args, options: { markdown: { type: 'boolean' } } });
  const write = values.markdown && (await pageWriter(pageOf('seeds'), ['seeds']));
  await preparePackages();
  const { seedsText } = await import('../report/seeds.mjs');
  const text = await seedsText();
  console.log(`\n${text}`);
  if (write) await write('seeds', text);
}
