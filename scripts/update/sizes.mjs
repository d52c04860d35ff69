/** `npm run update -- sizes`: writes the download sizes of the package into docs/sizes.md. */
import { parseArgs } from 'node:util';
import { pageWriter } from '../../bench/sections.mjs';
import { prepare } from '../setup/prepare.mjs';

export const summary = 'download sizes of the package, in docs/sizes.md';

export const help = `Usage: npm run update -- sizes [options]

Bundles the package as an app would, and writes the download sizes of each backend and subpath into docs/sizes.md,
between its marks.

  --json      print the bytes of the previous build as JSON, and write nothing
  -h, --help  show this text`;

export async function run(args) {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' } } });
  const write = await pageWriter('docs/sizes.md', ['sizes']);
  if (!values.json) await prepare({ package: true });
  // Imported late: Vite, which bundles, was installed by `prepare`.
  const { measure } = await import('../sizes/measure.mjs');
  const sizes = await measure();
  if (values.json) return console.log(JSON.stringify(sizes, null, 2));
  const { tables } = await import('../sizes/tables.mjs');
  const text = tables(sizes);
  await write('sizes', text);
  console.log(`\n${text}`);
}
