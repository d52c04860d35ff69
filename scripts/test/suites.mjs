/** The checks and tests of each language, in the order in which they run. */
import { run } from '../setup/command.mjs';
import { fuzzingUnavailable } from '../setup/fuzz.mjs';
import { npm } from '../setup/npm.mjs';
import { hostTarget } from '../setup/paths.mjs';
import { lintWasm, lintWasmUnavailable } from '../setup/wasm.mjs';
import { checks } from '../supply-chain.mjs';
import { cargoTally, countsTally, fuzzTally, nodeTally, statusTally, vitestTally } from './tally.mjs';

const cargo = (args) => (options) =>
  run('cargo', args, { ...options, env: { ...options.env, CARGO_TARGET_DIR: hostTarget } });
// Named one by one: Node's own search would take everything in a folder called `test` for a test.
const scriptTests = [
  'bench/arguments.test.mjs',
  'bench/markdown.test.mjs',
  'bench/npy.test.mjs',
  'bench/operators/kernels.test.mjs',
  'bench/operators/tables.test.mjs',
  'bench/peers/plugin.test.mjs',
  'bench/person.test.mjs',
  'bench/report/report.test.mjs',
  'bench/runtimes/report.test.mjs',
  'bench/statistics.test.mjs',
  'scripts/fuzz/report.test.mjs',
  'scripts/models.test.mjs',
  'scripts/package.test.mjs',
  'scripts/paired.test.mjs',
  'scripts/setup/manifest.test.mjs',
  'scripts/setup/stamp.test.mjs',
  'scripts/size.test.mjs',
  'scripts/supply-chain.test.mjs',
  'scripts/test/tally.test.mjs',
  'tests/docs/commands.test.mjs',
  'tests/docs/links.test.mjs',
  'tests/docs/snippets.test.mjs',
  'tests/docs/troubleshooting.test.mjs',
];
const script =
  (name, ...args) =>
  (options) =>
    npm(['run', '--silent', name, ...(args.length ? ['--', ...args] : [])], options);

/**
 * `title` is shown, `start` runs it (with `env` and `onLine`) and rejects when anything failed, `tally` reads the counts
 * off its output, `unavailable` resolves with a reason where it cannot run, `needs` names what has to be prepared.
 */
export const suites = {
  rust: {
    needs: { host: true },
    parts: [
      { title: 'rust: format', start: cargo(['fmt', '--all', '--check']), tally: statusTally },
      {
        title: 'rust: clippy',
        start: cargo([
          'clippy',
          '--workspace',
          '--all-targets',
          '--release',
          '--locked',
          '--',
          '-D',
          'warnings',
        ]),
        tally: statusTally,
      },
      {
        title: 'rust: clippy for wasm',
        start: lintWasm,
        unavailable: lintWasmUnavailable,
        tally: statusTally,
      },
      {
        title: 'rust: tests',
        start: cargo(['test', '--workspace', '--release', '--locked', '--no-fail-fast']),
        tally: cargoTally,
      },
      {
        title: 'rust: documentation',
        start: ({ env, ...options }) =>
          cargo(['doc', '--workspace', '--no-deps', '--release', '--locked'])({
            ...options,
            env: { ...env, RUSTDOCFLAGS: '-D warnings' },
          }),
        tally: statusTally,
      },
    ],
  },
  ts: {
    needs: { package: true, demo: true },
    parts: [
      { title: 'ts: lint and format', start: script('lint'), tally: statusTally },
      { title: 'ts: types', start: script('typecheck'), tally: statusTally },
      { title: 'ts: reference of options', start: script('reference', '--check'), tally: statusTally },
      {
        title: 'ts: tests of scripts and benchmark',
        start: (options) => run(process.execPath, ['--test', ...scriptTests], options),
        tally: nodeTally,
      },
      { title: 'ts: tests', start: script('test:unit'), tally: vitestTally },
    ],
  },
  supply: {
    needs: { host: true },
    parts: checks.map((check) => ({ ...check, title: `supply: ${check.title}`, tally: statusTally })),
  },
  fuzz: {
    needs: {},
    parts: [
      {
        title: 'fuzz: format',
        start: cargo(['fmt', '--manifest-path', 'rust/fuzz/Cargo.toml', '--check']),
        tally: statusTally,
      },
      {
        title: 'fuzz: hostile files and options',
        start: (options) =>
          run(
            process.execPath,
            ['scripts/fuzz.mjs', '--check', '--runs', '20000', '--seconds', '60'],
            options,
          ),
        unavailable: async () => fuzzingUnavailable(),
        tally: fuzzTally,
      },
    ],
  },
  browser: {
    needs: { host: true, program: true, package: true, demo: true, browser: true, firefox: true },
    parts: [
      { title: 'browser: tests', start: script('test:browser'), tally: vitestTally },
      { title: 'browser: calls, faults and Firefox', start: script('test:live'), tally: vitestTally },
    ],
  },
  smoke: {
    needs: { package: true, browser: true },
    parts: [{ title: 'smoke: the package in apps', start: script('smoke'), tally: countsTally }],
  },
};
