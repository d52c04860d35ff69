/** `npm run update -- options`: writes docs/options.md from the types of the package. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareTypeDoc } from '../reference/prepare.mjs';
import { SetupError } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';

export const summary = 'docs/options.md, from the types and comments of the package';

export const help = `Usage: npm run update -- options [options]

Writes docs/options.md from the types and comments of the package. Warnings of TypeDoc are errors.

  --check     write nothing, and fail if the page is out of date
  -h, --help  show this text`;

export async function run(args) {
  const { values } = parseArgs({ args, options: { check: { type: 'boolean' } } });
  await prepareTypeDoc();
  const { readApi } = await import('../reference/read.mjs');
  const { renderOptions } = await import('../reference/page.mjs');
  const { project } = await readApi();
  const path = join(root, 'docs', 'options.md');
  const page = renderOptions(project);
  if (!values.check) return writeFile(path, page);
  if ((await readFile(path, 'utf8')) !== page) {
    throw new SetupError('docs/options.md differs from the types. Run: npm run update -- options');
  }
}
