/** What runs in browsers, as wasm modules with their JavaScript and types: the engine in `ts/wasm/`, and the benchmark page's figures. */
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { run } from './command.mjs';
import { qualityTarget, qualityWasmOutput, root, wasmOutput, wasmTarget, webglTarget } from './paths.mjs';
import { step } from './progress.mjs';
import { claimTarget, prepareWasmBindgen, prepareWasmCompiler, requireCargo } from './rust.mjs';
import { digest, unlessStamped } from './stamp.mjs';

/**
 * The same crate with one feature or the other: for WebGPU, and for browsers without it. Each has a target directory of its
 * own, as what they are built on differs in features and would be built anew at every change between them.
 */
const modules = ['webgpu', 'webgl'].map((feature) => ({
  title: `wasm for ${feature}`,
  name: feature === 'webgpu' ? 'cyclorama_web' : 'cyclorama_webgl',
  crate: 'cyclorama-web',
  features: ['--no-default-features', '--features', feature],
  target: feature === 'webgpu' ? wasmTarget : webglTarget,
  output: wasmOutput,
}));
/** The figures of mask quality for the benchmark page: no part of the npm package, and made in seconds. */
const quality = {
  title: 'wasm for the benchmark page',
  name: 'cyclorama_quality',
  crate: 'cyclorama-quality-web',
  features: [],
  target: qualityTarget,
  output: qualityWasmOutput,
};
const inputsOf = (...crates) => [
  'Cargo.toml',
  'Cargo.lock',
  '.cargo/config.toml',
  ...crates.flatMap((crate) => [`rust/${crate}/Cargo.toml`, `rust/${crate}/src`]),
  'scripts/setup/wasm.mjs',
];
const profile = ['--profile', 'wasm', '--target', 'wasm32-unknown-unknown'];
/** What browsers with `VideoFrame` have. `--all-features` would let wasm-opt write what they do not know. */
const wasmFeatures = [
  'simd',
  'bulk-memory',
  'nontrapping-float-to-int',
  'sign-ext',
  'mutable-globals',
  'reference-types',
  'multivalue',
].map((feature) => `--enable-${feature}`);

/** Builds what is missing or out of date. Needs the npm packages (for wasm-opt). */
export async function prepareWasm() {
  await requireCargo();
  const compiler = await prepareWasmCompiler();
  const inputs = inputsOf('tflite', 'segmentation', 'effects', 'engine', 'web');
  await prepareModules('wasm', modules, wasmOutput, inputs, compiler);
}

/** Builds what the benchmark page judges masks with, if that is missing or out of date. */
export async function prepareQualityWasm() {
  await requireCargo();
  const compiler = await prepareWasmCompiler();
  const inputs = inputsOf('quality', 'quality-web');
  await prepareModules(quality.title, [quality], qualityWasmOutput, inputs, compiler);
}

async function prepareModules(title, wanted, output, inputs, compiler) {
  const products = wanted.flatMap(({ name }) =>
    [`${name}.js`, `${name}.d.ts`, `${name}_bg.wasm`].map((file) => join(output, file)),
  );
  const stamp = join(output, '.stamp');
  const made = await unlessStamped(stamp, await digest(inputs, compiler.version), products, async () => {
    const bindgen = await prepareWasmBindgen();
    await rm(output, { recursive: true, force: true });
    await mkdir(output, { recursive: true });
    for (const module of wanted) {
      await step(`${module.title}: compile`, (report) => compile(compiler, module, report));
      await step(`${module.title}: bind`, (report) => bind(bindgen, module, report));
      await step(`${module.title}: optimise`, (report) => optimise(module, report));
    }
  });
  if (!made) await step(title, async () => 'up to date');
}

async function compile({ args, env }, { crate, features, target }, report) {
  await claimTarget(target);
  // Beside an rlib, Cargo would leave link-time optimisation out: the module is wanted as a cdylib alone.
  const build = [
    'rustc',
    '--package',
    crate,
    '--lib',
    ...features,
    '--crate-type',
    'cdylib',
    ...profile,
    ...args,
  ];
  await run('cargo', build, { env: { ...env, CARGO_TARGET_DIR: target }, onLine: report });
}

/** Why {@link lintWasm} cannot run here, or undefined where it can. */
export async function lintWasmUnavailable() {
  const { args } = await prepareWasmCompiler();
  return args.length > 0 ? "clippy belongs to rustup's compiler, which has no wasm target here" : undefined;
}

/** Clippy over the code that exists for the browser only; resolves with what it wrote. */
export async function lintWasm({ env, onLine }) {
  let output = '';
  for (const { crate, features, target } of [...modules, quality]) {
    await claimTarget(target);
    const lint = [
      'clippy',
      '--locked',
      '--package',
      crate,
      '--lib',
      ...features,
      ...profile,
      '--',
      '-D',
      'warnings',
    ];
    output += await run('cargo', lint, { env: { ...env, CARGO_TARGET_DIR: target }, onLine });
  }
  return output;
}

async function bind(bindgen, { name, crate, target, output }, report) {
  const module = join(target, 'wasm32-unknown-unknown', 'wasm', `${crate.replaceAll('-', '_')}.wasm`);
  // A module that trapped can then be started anew, where its JavaScript is loaded already.
  const options = ['--target', 'web', '--experimental-reset-state-function'];
  await run(bindgen, [...options, '--out-name', name, '--out-dir', output, module], { onLine: report });
}

async function optimise({ name, output }, report) {
  const module = join(output, `${name}_bg.wasm`);
  const smaller = `${module}.smaller`;
  const wasmOpt = join(root, 'node_modules', 'binaryen', 'bin', 'wasm-opt');
  await run(process.execPath, [wasmOpt, '-Oz', ...wasmFeatures, module, '-o', smaller], { onLine: report });
  await copyFile(smaller, module);
  await rm(smaller);
  const bytes = await readFile(module);
  const compressed = await promisify(brotliCompress)(bytes);
  return `${megabytes(bytes)}, ${megabytes(compressed)} with brotli`;
}

const megabytes = (bytes) => `${(bytes.length / 1e6).toFixed(2)} MB`;
