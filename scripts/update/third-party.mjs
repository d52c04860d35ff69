/**
 * `npm run update -- third-party`: writes THIRD_PARTY.md, the third-party software of the npm package with its
 * licenses.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run as execute, SetupError } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';
import { step } from '../setup/progress.mjs';
import { prepareCargoTool } from '../setup/rust.mjs';

export const summary = 'THIRD_PARTY.md, the third-party software of the npm package with its licenses';

export const help = `Usage: npm run update -- third-party [options]

Writes THIRD_PARTY.md: every crate, npm package and model in the npm package, with its license and the license's text.
Takes some minutes, because it reads the license from each crate's files.

  --check     write nothing, and fail if the page does not match Cargo.lock and package-lock.json
  -h, --help  show this text`;

const page = join(root, 'THIRD_PARTY.md');
/** Arguments of cargo for the dependencies of both wasm modules. */
const webCrate = ['--manifest-path', join(root, 'rust', 'web', 'Cargo.toml'), '--all-features', '--locked'];
export async function run(args) {
  const { values } = parseArgs({ args, options: { check: { type: 'boolean' } } });
  await step('THIRD_PARTY.md', values.check ? checkThirdParty : write);
}

/**
 * Compares the page with the lock files.
 *
 * @throws {SetupError} that names missing and surplus entries
 */
export async function checkThirdParty() {
  const listed = new Set((await readFile(page, 'utf8')).match(/(?<=^\| )\S+ \S+(?= \|)/gm));
  const wanted = new Set([...(await crates()), ...(await packages()).map(({ title }) => title)]);
  const missing = [...wanted].filter((name) => !listed.has(name));
  const surplus = [...listed].filter((name) => !wanted.has(name));
  if (missing.length + surplus.length === 0) return `${wanted.size} crates and packages, all named`;
  const [lacks, keeps] = [missing, surplus].map((names) => names.join(', ') || 'nothing');
  throw new SetupError(
    `THIRD_PARTY.md lacks ${lacks}; gone from the lock files: ${keeps}. Run: npm run update -- third-party`,
  );
}

async function crates() {
  const tree = ['tree', ...webCrate, '--target', 'wasm32-unknown-unknown', '--edges', 'normal'];
  const lines = await execute('cargo', [...tree, '--prefix', 'none', '--format', '{p}']);
  return new Set(
    lines
      .split('\n')
      .map((line) => line.match(/^(\S+) v(\S+)/))
      .filter((match) => match && !isOurs(match[1]))
      .map(([, name, version]) => `${name} ${version}`),
  );
}

const isOurs = (crate) => crate.startsWith('cyclorama-');

/** The npm packages that `ts/scripts/vendor.mjs` copies into ours. */
export const vendored = ['comlink'];

/** The npm packages in ours, with their license texts. */
function packages() {
  return Promise.all(
    vendored.map(async (name) => {
      const folder = join(root, 'node_modules', name);
      const { version, license, repository } = JSON.parse(
        await readFile(join(folder, 'package.json'), 'utf8'),
      );
      const text = await readFile(join(folder, 'LICENSE'), 'utf8');
      return { title: `${name} ${version}`, license, source: sourceUrl(repository?.url), text };
    }),
  );
}

const sourceUrl = (repository) => repository?.replace(/^git\+/, '').replace(/\.git$/, '');

async function write(report) {
  const about = await prepareCargoTool('cargo-about', '0.9.3', { features: ['cli'] });
  const config = join(root, 'scripts', 'about.toml');
  const folder = await mkdtemp(join(tmpdir(), 'third-party-'));
  const answer = join(folder, 'licenses.json');
  // Offline, so that the texts come from the crates' own files instead of a web service.
  await execute('cargo', ['fetch', '--locked'], { onLine: report });
  const args = ['generate', ...webCrate, '--offline', '--fail', '--config', config, '--format', 'json'];
  await execute(about, [...args, '--output-file', answer], { onLine: report });
  const found = JSON.parse(await readFile(answer, 'utf8'));
  await rm(folder, { recursive: true });
  const licenses = found.licenses
    .map(({ id, text, used_by }) => ({
      id,
      text,
      crates: used_by.map(({ crate }) => crate).filter(({ name }) => !isOurs(name)),
    }))
    .filter(({ crates }) => crates.length > 0);
  await writeFile(page, render(licenses, await packages()));
  return `${licenses.length} texts`;
}

function render(licenses, npmPackages) {
  const models = 'selfie_segmentation.tflite, selfie_segmentation_landscape.tflite';
  const rows = [
    ...licenses.flatMap(({ id, crates }) =>
      crates.map(({ name, version, repository }) => [`${name} ${version}`, id, repository ?? '']),
    ),
    ...npmPackages.map(({ title, license, source }) => [title, license, source]),
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = [
    ...licenses.map(({ id, crates, text }) => ({
      id,
      users: crates.map(({ name, version }) => `${name} ${version}`),
      text,
    })),
    ...npmPackages.map(({ title, license, text }) => ({ id: license, users: [title], text })),
  ];
  return `# Third-party software

The third-party software in the npm package \`cyclorama\`, with its licenses. \`npm run update -- third-party\` writes this page, and
\`npm test\` compares it with the lock files.

The two wasm modules are compiled from the crates below and from Rust's standard library (MIT or Apache-2.0). A few of the crates are only
used at compile time. If a crate offers a choice of licenses, the license named here applies. Crates under MPL-2.0 are unmodified, and their
source is at the linked URL. The two models (\`${models}\`) are Google's, under
Apache-2.0: [models/LICENSES.md](models/LICENSES.md).

| crate or package | license | source |
|---|---|---|
${[...new Set(rows.map((row) => `| ${row.join(' | ')} |`))].join('\n')}

${texts.map(({ id, users, text }) => `## ${id}\n\n${users.join(', ')}\n\n${fenced(text)}`).join('\n\n')}
`;
}

function fenced(text) {
  const lines = text.replaceAll('\r', '').split('\n');
  return ['```text', ...lines.map((line) => line.trimEnd()), '```'].join('\n').replace(/\n+```$/, '\n```');
}
