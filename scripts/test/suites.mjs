/** The checks and tests of each suite, in order of priority. */
import { join } from 'node:path';
import { run, which } from '../setup/command.mjs';
import { flipTarget, hostProfile, hostTarget, root } from '../setup/paths.mjs';
import { prepareTypos } from '../setup/rust.mjs';
import { lintWasm, lintWasmUnavailable } from '../setup/wasm.mjs';
import { checks } from '../supply-chain.mjs';
import { currentLints } from './lints.mjs';
import { cargoTally, countsTally, fuzzTally, nodeTally, statusTally, vitestTally } from './tally.mjs';

/**
 * @typedef {object} Part
 * @property {string} title
 * @property {string[]} needs required resources (`scripts/setup/prepare.mjs`). If one is unavailable, the part is skipped.
 * @property {string[]} [uses] optional resources. If one is unavailable, it is in `without`, and the part skips some tests.
 * @property {(options: Options) => Promise<string>} start resolves with the part's output, and rejects if anything fails.
 * @property {(output: string, succeeded: boolean) => import('./tally.mjs').Tally} tally
 * @property {() => Promise<string | undefined>} [unavailable] resolves with the reason if the part cannot run.
 * @property {(path: string) => boolean} [inputs] the files that the part depends on. A part without inputs always runs.
 * @property {boolean} [full] whether it runs only with `--full`, or if its suite is named.
 * @property {boolean} [light] whether it uses only one core.
 */

/**
 * @typedef {object} Options
 * @property {Record<string, string>} env
 * @property {(line: string) => void} onLine
 * @property {Map<string, string>} without the reasons of unavailable optional resources, by name.
 * @property {boolean} full
 */

const cargo = (args, { env, onLine }) =>
  run('cargo', args, { onLine, env: { ...env, CARGO_TARGET_DIR: hostTarget } });
const workspace = ['--workspace', '--profile', hostProfile, '--locked'];

/** A tool of the npm packages, started without npm. */
const tool = (path, ...args) => [process.execPath, [join(root, 'node_modules', path), ...args]];
const biome = tool('@biomejs/biome/bin/biome', 'check');
const tsc = (project) => tool('typescript/bin/tsc', '--noEmit', '-p', project);
const vitest = (...args) => tool('vitest/vitest.mjs', 'run', ...args);
const project = (name) => ['--project', name];
const script = (path, ...args) => [process.execPath, [path, ...args]];
const start =
  (...commands) =>
  async ({ env, onLine }) => {
    let output = '';
    for (const [program, args] of commands) output += await run(program, args, { env, onLine });
    return output;
  };

// An explicit list, because Node.js would treat every file in a folder `test` as a test.
const scriptTests = [
  'bench/arguments.test.mjs',
  'bench/effects/effects.test.mjs',
  'bench/gpu/arguments.test.mjs',
  'bench/gpu/gpu.test.mjs',
  'bench/gpu/report.test.mjs',
  'bench/markdown.test.mjs',
  'bench/npy.test.mjs',
  'bench/operators/kernels.test.mjs',
  'bench/operators/tables.test.mjs',
  'bench/page/gpu-errors.test.mjs',
  'bench/peers/plugin.test.mjs',
  'bench/person.test.mjs',
  'bench/report/report.test.mjs',
  'bench/runtimes/report.test.mjs',
  'bench/sdks/arguments.test.mjs',
  'bench/sdks/figures.test.mjs',
  'bench/sdks/processes.test.mjs',
  'bench/sdks/report.test.mjs',
  'bench/statistics.test.mjs',
  'scripts/lab/fuzz-report.test.mjs',
  'scripts/lab/instructions.test.mjs',
  'scripts/lab/paired.test.mjs',
  'scripts/models.test.mjs',
  'scripts/package.test.mjs',
  'scripts/release/release.test.mjs',
  'scripts/setup/manifest.test.mjs',
  'scripts/setup/constructors.test.mjs',
  'scripts/setup/prepare.test.mjs',
  'scripts/setup/stamp.test.mjs',
  'scripts/size.test.mjs',
  'scripts/subcommands.test.mjs',
  'scripts/start/network.test.mjs',
  'scripts/start/pending-build.test.mjs',
  'scripts/supply-chain.test.mjs',
  'scripts/test/lints.test.mjs',
  'scripts/test/missing-tools.test.mjs',
  'scripts/test/passes.test.mjs',
  'scripts/test/root.test.mjs',
  'scripts/test/runner.test.mjs',
  'scripts/test/schedule.test.mjs',
  'scripts/test/tally.test.mjs',
  'scripts/update/support/animated-webp.test.mjs',
  'scripts/update/support/tables.test.mjs',
  'tests/docs/commands.test.mjs',
  'tests/docs/limits.test.mjs',
  'tests/docs/links.test.mjs',
  'tests/docs/snippets.test.mjs',
  'tests/docs/troubleshooting.test.mjs',
  'tests/docs/words.test.mjs',
];

const anyOf =
  (...patterns) =>
  (path) =>
    patterns.some((pattern) => pattern.test(path));
const rustInputs = anyOf(
  /^(Cargo\.(toml|lock)|clippy\.toml|rustfmt\.toml)$/,
  /^\.cargo\//,
  /^rust\//,
  /^models\//,
  /^tests\/(golden|data)\//,
  /^demo-chime\/public\//,
  /^scripts\/(setup|test)\//,
);
const everything = () => true;
/** For pages, the stamps of the wasm modules count instead of their sources. */
const pageInputs = (path) => !path.startsWith('rust/') || /^rust\/(cli|quality)\//.test(path);

/** @type {Record<string, Part[]>} */
export const suites = {
  rust: [
    {
      title: 'format',
      needs: ['host'],
      start: (options) => cargo(['fmt', '--all', '--check'], options),
      tally: statusTally,
      inputs: rustInputs,
      light: true,
    },
    {
      title: 'clippy',
      needs: ['host'],
      start: (options) => lint(['clippy', ...workspace, '--all-targets'], options),
      tally: statusTally,
      inputs: rustInputs,
    },
    {
      title: 'clippy for wasm',
      needs: ['wasm'],
      unavailable: lintWasmUnavailable,
      start: async (options) => lintWasm({ ...options, ...(await currentLints()) }),
      tally: statusTally,
      inputs: rustInputs,
    },
    {
      title: 'tests',
      needs: ['program', 'models'],
      uses: ['vulkan', 'meet'],
      start: testRust,
      tally: cargoTally,
      inputs: rustInputs,
    },
    {
      title: 'documentation',
      needs: ['host'],
      start: async ({ env, onLine }) => {
        const { lints } = await currentLints();
        const flags = { ...env, RUSTDOCFLAGS: lints.join(' ') };
        return cargo(['doc', ...workspace, '--no-deps'], { env: flags, onLine });
      },
      tally: statusTally,
      inputs: rustInputs,
    },
    {
      title: "FLIP against the authors' implementation",
      needs: ['cargo'],
      unavailable: async () => (which('c++') ? undefined : 'c++ is not installed'),
      start: ({ env, onLine }) =>
        run(
          'cargo',
          [
            'test',
            '--package',
            'cyclorama-quality',
            '--features',
            'nv-flip',
            '--test',
            'nv_flip',
            '--locked',
          ],
          {
            onLine,
            env: { ...env, CARGO_TARGET_DIR: flipTarget },
          },
        ),
      tally: cargoTally,
      inputs: (path) => path === 'Cargo.lock' || path.startsWith('rust/quality/'),
      full: true,
    },
  ],
  ts: [
    {
      title: 'lint and format',
      needs: ['packages'],
      start: start(biome),
      tally: statusTally,
      inputs: everything,
      light: true,
    },
    {
      title: 'spelling',
      needs: ['typos'],
      start: async ({ env, onLine }) => run(await prepareTypos(), [], { env, onLine }),
      tally: statusTally,
      inputs: everything,
      light: true,
      full: true,
    },
    {
      title: 'types',
      needs: ['package', 'demo'],
      start: start(
        ...['page', 'adapters', 'shared', 'worker'].map((folder) => tsc(`ts/src/${folder}`)),
        ...['ts', 'demo-chime', 'demo-chime/tests', 'tests/browser'].map(tsc),
      ),
      tally: statusTally,
      inputs: everything,
      light: true,
    },
    {
      title: 'reference of options',
      needs: ['package'],
      start: start(script('scripts/update.mjs', 'options', '--check')),
      tally: statusTally,
      inputs: everything,
      light: true,
    },
    {
      title: 'scripts, benchmark and docs',
      needs: ['package', 'demo', 'program'],
      uses: ['lavapipe'],
      start: start([process.execPath, ['--test', ...scriptTests]]),
      tally: nodeTally,
      inputs: everything,
      light: true,
    },
    {
      title: 'unit tests',
      needs: ['package', 'demo'],
      start: start(vitest()),
      tally: vitestTally,
      inputs: everything,
      light: true,
    },
  ],
  supply: checks.map((check) => ({ ...check, tally: statusTally, light: true })),
  fuzz: [
    {
      title: 'format',
      needs: ['host'],
      start: (options) => cargo(['fmt', '--manifest-path', 'rust/fuzz/Cargo.toml', '--check'], options),
      tally: statusTally,
      inputs: rustInputs,
      light: true,
    },
    {
      title: 'hostile files and options',
      needs: ['models', 'cargoFuzz'],
      start: start(script('scripts/lab.mjs', 'fuzz', '--check', '--runs', '20000', '--seconds', '60')),
      tally: fuzzTally,
      inputs: rustInputs,
      full: true,
    },
  ],
  browser: [
    {
      title: 'pages',
      needs: ['package', 'demo', 'program', 'camera'],
      uses: ['meet'],
      start: start(
        vitest('--root', 'tests/browser', ...['sdk', 'demo', 'package', 'phones'].flatMap(project)),
      ),
      tally: vitestTally,
      inputs: pageInputs,
    },
    {
      title: 'every engine',
      needs: ['package', 'browser'],
      uses: ['firefox', 'webkit'],
      start: start(vitest('--root', 'tests/browser', ...project('engines'))),
      tally: vitestTally,
      inputs: pageInputs,
    },
    {
      title: 'calls through a server',
      needs: ['package', 'browser', 'janus'],
      uses: ['firefox'],
      start: start(vitest('--root', 'tests/browser', ...project('sfu'))),
      tally: vitestTally,
      inputs: pageInputs,
    },
    {
      title: 'calls, faults and Firefox',
      needs: ['package', 'camera'],
      uses: ['firefox'],
      start: start(vitest('--root', 'tests/browser', ...project('live'))),
      tally: vitestTally,
      inputs: pageInputs,
    },
  ],
  smoke: [
    {
      title: 'the package in apps',
      needs: ['package', 'browser'],
      start: start(script('scripts/smoke.mjs')),
      tally: countsTally,
      inputs: pageInputs,
    },
    {
      title: 'benchmark of SDKs',
      needs: ['package', 'browser'],
      start: start([process.execPath, ['--test', 'bench/sdks/sdks.test.mjs']]),
      tally: nodeTally,
      inputs: pageInputs,
    },
  ],
};

/** Runs a cargo command. Its warnings fail, unless the compiler is newer than the tested one. */
async function lint(args, options) {
  const { lints, note } = await currentLints();
  if (note) console.log(`  ${note}`);
  return cargo([...args, '--', ...lints], options);
}

/**
 * Runs Rust's tests. Their names contain the resources that they need. Tests with missing resources are filtered out
 * and counted.
 */
function testRust({ without, ...options }) {
  const marks = { vulkan: 'on_gpu', meet: 'meet' };
  const skipped = Object.keys(marks).filter((name) => without.has(name));
  const filter = skipped.flatMap((name) => ['--skip', marks[name]]);
  return cargo(['test', ...workspace, '--no-fail-fast', '--', ...filter], options);
}
