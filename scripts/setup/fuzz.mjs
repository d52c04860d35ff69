/** Prepares cargo-fuzz in a fixed version, and builds the fuzz targets with it. */
import { delimiter, dirname, join } from 'node:path';
import { run, SetupError, which } from './command.mjs';
import { executable, fuzzTarget, root } from './paths.mjs';
import { step } from './progress.mjs';
import { claimTarget, prepareCargoTool } from './rust.mjs';
import { installPackages } from './system.mjs';

/** Installs cargo-fuzz. */
export const prepareCargoFuzz = () => prepareCargoTool('cargo-fuzz', '0.13.2');

/** The reason why targets cannot be built on this system, or undefined. */
export function fuzzingUnavailable() {
  return process.platform === 'win32' ? 'fuzzing is not supported on Windows' : undefined;
}

/**
 * Builds targets with coverage counters.
 *
 * @param targets their names.
 * @param sanitizer `'none'` or `'address'`.
 * @returns {Promise<(target: string) => string>} the path of a target's program.
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
    // Sanitizers need a nightly compiler. Coverage counters do not.
    ...(sanitizer === 'none' ? {} : { RUSTC_BOOTSTRAP: '1' }),
  };
  const folder = join(root, 'rust', 'fuzz');
  // cargo-fuzz has no option `--locked`.
  await run('cargo', ['fetch', '--locked'], { cwd: folder });
  // Leaves out the standard library's checks of its unsafe code, which run for each element of a slice, and the tracing of
  // comparisons. An import then takes a fifth of the time. The profile keeps the overflow checks.
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
