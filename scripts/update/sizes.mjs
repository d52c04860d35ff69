/** `npm run update -- sizes`: what a page downloads of the package, in docs/sizes.md. */
import { parseArgs } from 'node:util';
import { pageWriter } from '../../bench/sections.mjs';
import { prepare } from '../setup/prepare.mjs';

export const summary = 'what a page downloads of the package, in docs/sizes.md';

export const help = `Usage: npm run update -- sizes [options]

Bundles the package as an app would, and writes what a page downloads of it, for each backend and subpath, into
docs/sizes.md, between its marks.

  --json      print the bytes as JSON, and write nothing; measures the package as it was built before
  -h, --help  show this text`;

export async function run(args) {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' } } });
  const write = await pageWriter('docs/sizes.md', ['sizes']);
  if (!values.json) await prepare({ package: true });
  // What bundles is one of the packages that have only just been installed.
  const { measure } = await import('../sizes/measure.mjs');
  const sizes = await measure();
  if (values.json) return console.log(JSON.stringify(sizes, null, 2));
  const { tables } = await import('../sizes/tables.mjs');
  const text = tables(sizes);
  await write('sizes', text);
  console.log(`\n${text}`);
}
