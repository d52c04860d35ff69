/** `npm run update -- api`: writes pages of the whole API. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareTypeDoc } from '../reference/prepare.mjs';
import { root } from '../setup/paths.mjs';

export const summary = 'docs/api, HTML pages of the whole API (not committed)';

export const help = `Usage: npm run update -- api

Writes HTML pages of the whole API into docs/api, from the types and comments of the package. Warnings of TypeDoc are
errors. The pages are not committed.

  -h, --help  show this text`;

export async function run(args) {
  parseArgs({ args });
  await prepareTypeDoc();
  const { readApi } = await import('../reference/read.mjs');
  const { app, project } = await readApi();
  await app.generateDocs(project, join(root, 'docs', 'api'));
  console.log('docs/api/index.html');
}
