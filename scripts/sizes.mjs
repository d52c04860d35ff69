/** `npm run sizes`: what a page downloads of the package, as a table. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main } from './setup/progress.mjs';

const help = `Usage: npm run sizes -- [--json] [--write]

Bundles the package as an app would and says what a page downloads of it, for each backend and subpath.

  --json       print the bytes, as JSON
  --write      write the table into docs/sizes.md
  -h, --help   show this text`;

await main(async () => {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, write: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return console.log(help);
  if (!values.json) await prepare({ package: true });
  // What bundles is one of the packages that have only just been installed.
  const [{ measure }, { replaceTables, tables }] = await Promise.all([
    import('./sizes/measure.mjs'),
    import('./sizes/tables.mjs'),
  ]);
  const sizes = await measure();
  if (values.json) return console.log(JSON.stringify(sizes, null, 2));
  console.log(`\n${tables(sizes)}`);
  if (!values.write) return;
  const page = join(root, 'docs', 'sizes.md');
  await writeFile(page, replaceTables(await readFile(page, 'utf8'), sizes));
});
