/** The Rust compilers, cargo itself and a compiler with the wasm target, and the tools that cargo builds. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ask, CommandError, causeOf, run, SetupError, UnavailableError, which } from './command.mjs';
import { bindgenTarget, executable, hostProfile, hostTarget, root, tools } from './paths.mjs';
import { step } from './progress.mjs';
import { installPackages } from './system.mjs';

const target = 'wasm32-unknown-unknown';
/** Debian's compiler for browsers, which comes with the standard library's source to build for any target. */
const debianCompiler = { rustc: '/usr/bin/rustc', source: '/usr/lib/rustlib/src/rust/library' };

/**
 * Checks that cargo is there and as new as Cargo.toml asks.
 *
 * @throws {SetupError} when it is not: rustup is the user's to install.
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
 * How to call cargo for the browser.
 *
 * rustup's toolchain serves where it has the target or can fetch it. Where it cannot (a machine that reaches
 * its distribution's packages but not Rust's), Debian's rustc builds the standard library from source.
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
      if (added === undefined) return 'rustup cannot fetch it, falling back to packages of the system';
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
      // Building the standard library is a nightly feature; this compiler's own source is the one that fits.
      RUSTC_BOOTSTRAP: '1',
      // rust-lld is part of rustup's toolchain, not of Debian's package.
      PATH: join(sysroot, 'lib', 'rustlib', host, 'bin') + delimiter + process.env.PATH,
    },
    version: await run(debianCompiler.rustc, ['-vV']),
  };
}

/**
 * Makes a target directory this checkout's. To cargo the crates of two checkouts are the same ones, and it takes for
 * up to date what another built later than a source here was written: where the last build was another checkout's, the
 * sources here count as written now. Dependencies stay as they are.
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
 * Builds the command line, with the whole workspace: alone it would get other features of shared dependencies.
 *
 * @param profile of Cargo.toml; `release` where speed is measured.
 */
export async function buildProgram(profile = hostProfile) {
  await step('command line', async (report) => {
    const args = ['build', '--workspace', '--profile', profile, '--locked'];
    await run('cargo', args, { env: { CARGO_TARGET_DIR: hostTarget }, onLine: report });
  });
}

/**
 * wasm-bindgen, as a program of this workspace: Cargo.lock holds it to the version that the wasm modules are compiled with,
 * and no other lock file is involved.
 *
 * @returns {Promise<string>} the executable's path
 */
export async function prepareBindgen() {
  await step('wasm-bindgen', async (report) => {
    const args = ['build', '--package', 'cyclorama-bindgen', '--profile', hostProfile, '--locked'];
    // It is needed once the module is compiled, which takes longer.
    await run('cargo', args, { env: { CARGO_TARGET_DIR: bindgenTarget }, onLine: report, patient: true });
  });
  return join(bindgenTarget, hostProfile, executable('cyclorama-bindgen'));
}

/** Tools run for seconds and are compiled for minutes: their own release profiles are for those who ship them. */
const quickly = {
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  CARGO_PROFILE_RELEASE_DEBUG: 'false',
};

/** What checks licences, sources and advisories of the crates. */
export const prepareCargoDeny = () => prepareCargoTool('cargo-deny', '0.20.2');

/**
 * A command-line tool of the registry in one version: what is on `PATH` if that is it, else one in the cache, compiled where it is
 * missing.
 *
 * @param options.program its executable, where that has another name
 * @param options.features the features it is built with, besides its default ones
 * @returns the executable's path
 * @throws {UnavailableError} when it cannot be installed, with cargo's reason
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
