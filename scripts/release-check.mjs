/** `npm run release:check`: builds and verifies all files of a release, in one folder. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pack } from './release/pack.mjs';
import { buildSite, checkSite, checkTarball, readModels } from './release/site.mjs';
import { describeFiles, sums } from './release/sums.mjs';
import { changelogProblem, checkVersions } from './release/versions.mjs';
import { prepareBrowser } from './setup/browser.mjs';
import { UnavailableError } from './setup/command.mjs';
import { root } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';
import { checkThirdParty } from './update/third-party.mjs';

const release = join(root, 'release');
const help = `Usage: npm run release:check -- [--no-verify] [--json]

Writes the files of a release to release/. Empties the folder first.

  cyclorama-VERSION.tgz   the npm package
  dist-site/              the demo as a static site, for any path on any host
  SHA256SUMS              the checksums of all files: sha256sum --check SHA256SUMS

Compares the version in all files that name it, verifies THIRD_PARTY.md, and opens every page of the site in Chromium,
on a static host that sends hardly any headers. Writes SHA256SUMS last, once all checks pass.

  --no-verify   do not open the site in Chromium
  --json        print the files (paths, bytes, SHA-256) as JSON, and progress to stderr
  -h, --help    show this text`;

await main(async () => {
  const { values } = parseArgs({
    options: {
      'no-verify': { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);
  const print = console.log;
  if (values.json) console.log = console.error;

  const warnings = [];
  const version = await checkSources(warnings);
  await prepare({ package: true, demo: true });
  await step('THIRD_PARTY.md', checkThirdParty);

  await rm(release, { recursive: true, force: true });
  await mkdir(release);
  const site = join(release, 'dist-site');
  const models = await readModels();
  await step('npm package', async () => checkTarball(await pack(release), models));
  await step('demo site', async () => {
    await buildSite(site, models);
    return checkSite(site, models);
  });
  const unverified = values['no-verify'] ? '--no-verify' : await verify(site);
  const files = await describeFiles(release);
  await writeFile(join(release, 'SHA256SUMS'), sums(files));

  for (const warning of warnings) console.log(`\nwarning: ${warning}`);
  if (unverified) console.log(`\nskipped: the demo site in Chromium (${unverified})`);
  if (values.json) print(JSON.stringify({ version, verified: !unverified, warnings, files }, null, 2));
  else
    console.log(
      `\nrelease/ has version ${version}: ${files.length} files, ${megabytes(files)} MB, and SHA256SUMS`,
    );
});

async function checkSources(warnings) {
  let version;
  await step('version', async () => {
    version = await checkVersions(root);
    return version;
  });
  const problem = changelogProblem(await readFile(join(root, 'CHANGELOG.md'), 'utf8'), version);
  if (problem) warnings.push(problem);
  return version;
}

/** Verifies the site. Resolves with the reason if Chromium is unavailable. */
async function verify(site) {
  let executable;
  try {
    executable = await prepareBrowser();
  } catch (error) {
    if (error instanceof UnavailableError) return error.message;
    throw error;
  }
  const { verifySite } = await import('./release/verify.mjs');
  await step('demo site in Chromium', () => verifySite(site, executable));
}

function megabytes(files) {
  return (files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1);
}
