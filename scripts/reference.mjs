/** `npm run reference` writes `docs/options.md` from the types, `npm run api` pages of the whole API. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SetupError } from './setup/command.mjs';
import { npm, preparePackages } from './setup/npm.mjs';
import { root } from './setup/paths.mjs';
import { main, step } from './setup/progress.mjs';
import { digest, unlessStamped } from './setup/stamp.mjs';

const help = `Usage: npm run reference -- [options]

Writes docs/options.md from the types and comments of the package. What TypeDoc warns of is an error.

  --check     write nothing, and fail where the page is not what would be written
  --html      write the whole API as HTML into docs/api instead (also as npm run api)
  -h, --help  show this text`;

await main(async () => {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      html: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);
  await preparePackages();
  await prepareTypeDoc();
  // TypeDoc is one of the packages that have only just been installed.
  const { readApi } = await import('./reference/read.mjs');
  const { renderOptions } = await import('./reference/page.mjs');
  const { app, project } = await readApi();
  if (values.html) {
    await app.generateDocs(project, join(root, 'docs', 'api'));
    return console.log('docs/api/index.html');
  }
  const path = join(root, 'docs', 'options.md');
  const page = renderOptions(project);
  if (values.check) {
    if ((await readFile(path, 'utf8')) === page) return;
    throw new SetupError('docs/options.md is not what the types say: `npm run reference` writes it.');
  }
  await writeFile(path, page);
});

/** TypeDoc has packages of its own, as it reads sources with an older compiler than the project's. */
async function prepareTypeDoc() {
  const folder = join(root, 'scripts', 'reference');
  await step('packages of the reference', async (report) => {
    const modules = join(folder, 'node_modules');
    const value = await digest(['scripts/reference/package.json', 'scripts/reference/package-lock.json']);
    const made = await unlessStamped(join(modules, '.stamp'), value, [modules], async () => {
      await npm(['ci', '--no-progress'], { cwd: folder, onLine: report });
    });
    return made ? '' : 'up to date';
  });
}
