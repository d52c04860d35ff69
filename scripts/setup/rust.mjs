/** Prepares the Rust compilers for host and wasm, and the tools that cargo builds. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ask, CommandError, causeOf, run, SetupError, UnavailableError, which } from './command.mjs';
import { bindgenTarget, executable, hostProfile, hostTarget, root, tools } from './paths.mjs';
import { step } from './progress.mjs';
import { installPackages } from './system.mjs';

const target = 'wasm32-unknown-unknown';
/** Debian's compiler for wasm, which includes the standard library's source. */
const debianCompiler = { rustc: '/usr/bin/rustc', source: '/usr/lib/rustlib/src/rust/library' };

/**
 * Checks that cargo is installed and as new as Cargo.toml requires.
 *
 * @throws {SetupError} otherwise. The user has to install Rust.
 */
export async function requireCargo() {
  const version = await ask('rustc', ['--version']);
  if (!which('cargo') || !version) throw new SetupError('Rust is missing: install it from https://rustup.rs');
  const manifest = await readFile(join(root, 'Cargo.toml'), 'utf8');
  const wanted = manifest.match(/^rust-version = "(.+)"$/m)[1];
  const found = version.match(/\d+\.\d+/)[0];
  if (Number(found.split('.')[1]) < Number(wanted.split('.')[1])) {
    throw new SetupError(`Rust ${found} is too old, ${wanted} is needed. Run: rustup update stable`);
  }
}

/**
 * The arguments and environment of cargo for wasm builds.
 *
 * Uses rustup's toolchain if it has the target or can fetch it. Otherwise Debian's rustc builds the standard library from
 * source. This covers machines that can reach only the packages of their distribution.
 *
 * @returns {Promise<{ args: string[], env: Record<string, string>, version: string }>} `version` names the compiler.
 */
export async function prepareWasmCompiler() {
  await requireCargo();
  const sysroot = await run('rustc', ['--print', 'sysroot']).then((output) => output.trim());
  const library = join(sysroot, 'lib', 'rustlib', target, 'lib');
  if (!existsSync(library) && !existsSync(debianCompiler.source) && which('rustup')) {
    await step('wasm target', async (report) => {
      const added = await ask('rustup', ['target', 'add', target], { onLine: report, timeout: 300_000 });
      if (added === undefined) return 'rustup cannot fetch it; falling back to system packages';
    });
  }
  if (existsSync(library)) return { args: [], env: {}, version: await run('rustc', ['-vV']) };

  if (!existsSync(debianCompiler.source)) {
    const elsewhere = `Run: rustup target add ${target}`;
    await installPackages(['rustc-web', 'rust-web-src'], 'A Rust compiler for wasm', elsewhere);
  }
  const host = (await run('rustc', ['-vV'])).match(/^host: (.+)$/m)[1];
  return {
    args: ['-Zbuild-std=std,panic_abort'],
    env: {
      RUSTC: debianCompiler.rustc,
      // Building the standard library is a nightly feature. The source matches this compiler.
      RUSTC_BOOTSTRAP: '1',
      // rust-lld is part of rustup's toolchain, not of Debian's package.
      PATH: join(sysroot, 'lib', 'rustlib', host, 'bin') + delimiter + process.env.PATH,
    },
    version: await run(debianCompiler.rustc, ['-vV']),
  };
}

/**
 * Assigns a target directory to this checkout. Cargo does not distinguish the crates of two checkouts, and would
 * reuse a build of another checkout that is newer than the sources here. If another checkout built last, the sources
 * here are touched. Dependencies are not rebuilt.
 */
export async function claimTarget(target) {
  const mark = join(target, '.checkout');
  const owner = await readFile(mark, 'utf8').catch(() => undefined);
  if (owner === root) return;
  const now = new Date();
  for (const entry of await readdir(join(root, 'rust'), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), now, now);
  }
  await mkdir(target, { recursive: true });
  await writeFile(mark, root);
}

/**
 * Builds the command line with the whole workspace. Alone, it would be built with other features of common dependencies.
 *
 * @param profile of Cargo.toml. `release` is for measurements.
 */
export async function buildProgram(profile = hostProfile) {
  await step('command line', async (report) => {
    const args = ['build', '--workspace', '--profile', profile, '--locked'];
    await run('cargo', args, { env: { CARGO_TARGET_DIR: hostTarget }, onLine: report });
  });
}

/**
 * Builds wasm-bindgen as a program of this workspace, so that Cargo.lock fixes it to the version that the wasm modules use.
 *
 * @returns {Promise<string>} the executable's path
 */
export async function prepareBindgen() {
  await step('wasm-bindgen', async (report) => {
    const args = ['build', '--package', 'cyclorama-bindgen', '--profile', hostProfile, '--locked'];
    // At low priority: the module, which needs it, takes longer to compile.
    await run('cargo', args, { env: { CARGO_TARGET_DIR: bindgenTarget }, onLine: report, patient: true });
  });
  return join(bindgenTarget, hostProfile, executable('cyclorama-bindgen'));
}

/** Overrides of the tools' release profiles: the tools run for seconds, but would compile for minutes. */
const quickly = {
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  CARGO_PROFILE_RELEASE_DEBUG: 'false',
};

/** Installs cargo-deny, which checks licenses, sources and advisories of the crates. */
export const prepareCargoDeny = () => prepareCargoTool('cargo-deny', '0.20.2');

/** Installs typos, which checks the spelling of code and prose. */
export const prepareTypos = () => prepareCargoTool('typos-cli', '1.52.0', { program: 'typos' });

/**
 * Finds a command-line tool in a fixed version on `PATH` or in the cache, or else compiles it.
 *
 * @param options.program the name of its executable, if it differs
 * @param options.features further features, in addition to the default ones
 * @returns the executable's path
 * @throws {UnavailableError} if it cannot be installed, with cargo's reason
 */
export async function prepareCargoTool(crate, version, { program = crate, features = [] } = {}) {
  const found = which(program);
  if (found && (await ask(found, ['--version'])) === `${program} ${version}`) return found;
  const folder = join(tools, `${program}-${version}`);
  const path = join(folder, 'bin', executable(program));
  if (existsSync(path)) return path;
  await step(`${program} ${version}`, async (report) => {
    const args = ['install', crate, '--version', version, '--locked', '--root', folder, '--bin', program];
    if (features.length > 0) args.push('--features', features.join());
    try {
      await run('cargo', args, {
        onLine: report,
        env: { ...quickly, CARGO_TARGET_DIR: join(tools, 'target') },
      });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new UnavailableError(`${program} ${version} cannot be installed: ${causeOf(error)}`);
    }
  });
  return path;
}
