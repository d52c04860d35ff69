/** Compares the version of a release in all files that name it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from '../setup/command.mjs';

/**
 * Reads the version of `ts/package.json` and compares it with all other files that name it.
 *
 * @param {string} root the checkout.
 * @returns {Promise<string>} the version.
 * @throws {SetupError} that names each file with a different version.
 */
export async function checkVersions(root) {
  const text = (path) => readFile(join(root, path), 'utf8');
  const json = async (path) => JSON.parse(await text(path));
  const { version } = await json('ts/package.json');
  const demo = await json('demo-chime/package.json');
  const lock = (await json('package-lock.json')).packages;
  const named = [
    ...cargoVersions(await text('Cargo.toml')),
    ['demo-chime/package.json', demo.version],
    ['demo-chime/package.json, dependency cyclorama', demo.dependencies?.cyclorama],
    ['package-lock.json, ts', lock.ts?.version],
    ['package-lock.json, demo-chime', lock['demo-chime']?.version],
    ['package-lock.json, dependency cyclorama', lock['demo-chime']?.dependencies?.cyclorama],
    ...[...(await text('README.md')).matchAll(/cyclorama-(\d[\w.-]*?)\.tgz/g)].map(([name, found]) => [
      `README.md, ${name}`,
      found,
    ]),
  ];
  const wrong = named.filter(([, found]) => found !== version);
  if (wrong.length === 0) return version;
  const list = wrong.map(([where, found]) => `  ${where}: ${found ?? 'no version'}`).join('\n');
  throw new SetupError(
    `ts/package.json has version ${version}, but these differ:\n${list}\nSet one version in all: see "Releasing" in CONTRIBUTING.md.`,
  );
}

/** The workspace's version, and the required versions of its own crates. */
function cargoVersions(manifest) {
  const [, own] = manifest.match(/^\[workspace\.package\][^[]*?^version = "(.*?)"/ms) ?? [];
  const crates = manifest.matchAll(/^(cyclorama-[\w-]+) = \{(?=.*\bpath = ).*?\bversion = "=?(.*?)"/gm);
  return [
    ['Cargo.toml', own],
    ...[...crates].map(([, name, version]) => [`Cargo.toml, dependency ${name}`, version]),
  ];
}

/** The problem of the changelog with this version, or undefined. */
export function changelogProblem(changelog, version) {
  const sections = [...changelog.matchAll(/^## \[(.+?)\]/gm)].map(([, name]) => name);
  if (sections.includes(version)) return undefined;
  if (sections.includes('Unreleased'))
    return `CHANGELOG.md describes ${version} as [Unreleased]: date its section before you publish.`;
  return `CHANGELOG.md has a section neither for ${version} nor for [Unreleased].`;
}
