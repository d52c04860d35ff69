/** Decides whether compiler warnings fail the tests. Warnings of a compiler newer than the tested version do not. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';

const denied = ['-D', 'warnings'];

/**
 * @param {string} tested the newest minor version whose lints the code was checked with, such as `1.95`.
 * @param {string} found the output of `rustc --version`.
 * @returns {{ lints: string[], note: string | undefined }} arguments for clippy and rustdoc, and the reason if
 *   warnings do not fail.
 */
export function lintsFor(tested, found) {
  const version = found.match(/\d+\.\d+/)?.[0] ?? found;
  const [major, minor] = version.split('.').map(Number);
  const [testedMajor, testedMinor] = tested.split('.').map(Number);
  const isNewer = major > testedMajor || (major === testedMajor && minor > testedMinor);
  if (!isNewer) return { lints: denied, note: undefined };
  return {
    lints: [],
    note: `rustc ${version} is newer than ${tested}, which was tested: warnings do not fail`,
  };
}

/** {@link lintsFor} the installed compiler. */
export async function currentLints() {
  const manifest = await readFile(join(root, 'Cargo.toml'), 'utf8');
  const tested = manifest.match(/^tested-rustc = "(.+)"$/m)[1];
  return lintsFor(tested, await run('rustc', ['--version']));
}
