/** What fuzzing needs beside the host's compiler: cargo-fuzz of one version, and the targets built by it. */
import { delimiter, dirname, join } from 'node:path';
import { run, SetupError, which } from './command.mjs';
import { executable, fuzzTarget, root } from './paths.mjs';
import { step } from './progress.mjs';
import { claimTarget, prepareCargoTool } from './rust.mjs';
import { installPackages } from './system.mjs';

/** What builds and runs fuzz targets. */
export const prepareCargoFuzz = () => prepareCargoTool('cargo-fuzz', '0.13.2');

/** Why targets cannot be built on this system, or undefined where they can. */
export function fuzzingUnavailable() {
  return process.platform === 'win32' ? 'libFuzzer is not built on Windows here' : undefined;
}

/**
 * Builds targets with coverage counters.
 *
 * @param targets their names.
 * @param sanitizer `none` or `address`.
 * @returns {Promise<(target: string) => string>} where a target's program is.
 */
export async function prepareTargets(targets, sanitizer) {
  const unavailable = fuzzingUnavailable();
  if (unavailable) throw new SetupError(unavailable);
  if (!which('c++') && !which('g++')) {
    await installPackages(['g++'], 'A C++ compiler, which libFuzzer is built with,', 'Install one');
  }
  const cargoFuzz = await prepareCargoFuzz();
  const target = join(fuzzTarget, sanitizer);
  await claimTarget(target);
  const env = {
    PATH: dirname(cargoFuzz) + delimiter + process.env.PATH,
    // Sanitizers are for nightly compilers only; the counters are not.
    ...(sanitizer === 'none' ? {} : { RUSTC_BOOTSTRAP: '1' }),
  };
  const folder = join(root, 'rust', 'fuzz');
  // cargo-fuzz has no word for it.
  await run('cargo', ['fetch', '--locked'], { cwd: folder });
  // Without the standard library's checks of its own unsafe code, which are for each element of a slice, and without a note of
  // each comparison an import takes a fifth of the time; the profile keeps the checks of overflow.
  const speed = ['--release', '--no-trace-compares', '--codegen-units', '16'];
  const options = ['--fuzz-dir', folder, '--sanitizer', sanitizer, ...speed];
  for (const name of targets) {
    await step(`fuzz target ${name}: compile`, async (report) => {
      const build = ['fuzz', 'build', ...options, '--target-dir', target, name];
      await run('cargo', build, { cwd: folder, env, onLine: report });
    });
  }
  const host = (await run('rustc', ['-vV'])).match(/^host: (.+)$/m)[1];
  return (name) => join(target, host, 'release', executable(name));
}
