/** The engine as two wasm modules, with their JavaScript and types, in `ts/wasm/`. */
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { run } from './command.mjs';
import { root, wasmOutput, wasmTarget, webglTarget } from './paths.mjs';
import { step } from './progress.mjs';
import { claimTarget, prepareWasmBindgen, prepareWasmCompiler, requireCargo } from './rust.mjs';
import { digest, unlessStamped } from './stamp.mjs';

/**
 * The same crate with one feature or the other: for WebGPU, and for browsers without it. Each has a target directory of its
 * own, as what they are built on differs in features and would be built anew at every change between them.
 */
const modules = [
  { name: 'cyclorama_web', feature: 'webgpu', target: wasmTarget },
  { name: 'cyclorama_webgl', feature: 'webgl', target: webglTarget },
];
const crates = ['tflite', 'segmentation', 'effects', 'engine', 'web'];
const inputs = [
  'Cargo.toml',
  'Cargo.lock',
  '.cargo/config.toml',
  ...crates.flatMap((crate) => [`rust/${crate}/Cargo.toml`, `rust/${crate}/src`]),
  'scripts/setup/wasm.mjs',
];
const crate = ['--package', 'cyclorama-web', '--lib', '--no-default-features', '--features'];
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
  const stamp = join(wasmOutput, '.stamp');
  const products = modules.flatMap(({ name }) =>
    [`${name}.js`, `${name}.d.ts`, `${name}_bg.wasm`].map((file) => join(wasmOutput, file)),
  );
  const made = await unlessStamped(stamp, await digest(inputs, compiler.version), products, async () => {
    const bindgen = await prepareWasmBindgen();
    await rm(wasmOutput, { recursive: true, force: true });
    await mkdir(wasmOutput, { recursive: true });
    for (const module of modules) {
      const { feature } = module;
      await step(`wasm for ${feature}: compile`, (report) => compile(compiler, module, report));
      await step(`wasm for ${feature}: bind`, (report) => bind(bindgen, module, report));
      await step(`wasm for ${feature}: optimise`, (report) => optimise(module, report));
    }
  });
  if (!made) await step('wasm', async () => 'up to date');
}

async function compile({ args, env }, { feature, target }, report) {
  await claimTarget(target);
  // Beside an rlib, Cargo would leave link-time optimisation out: the module is wanted as a cdylib alone.
  const build = ['rustc', ...crate, feature, '--crate-type', 'cdylib', ...profile, ...args];
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
  for (const { feature, target } of modules) {
    await claimTarget(target);
    const lint = ['clippy', '--locked', ...crate, feature, ...profile, '--', '-D', 'warnings'];
    output += await run('cargo', lint, { env: { ...env, CARGO_TARGET_DIR: target }, onLine });
  }
  return output;
}

async function bind(bindgen, { name, target }, report) {
  const module = join(target, 'wasm32-unknown-unknown', 'wasm', 'cyclorama_web.wasm');
  // A module that trapped can then be started anew, where its JavaScript is loaded already.
  const options = ['--target', 'web', '--experimental-reset-state-function'];
  await run(bindgen, [...options, '--out-name', name, '--out-dir', wasmOutput, module], { onLine: report });
}

async function optimise({ name }, report) {
  const module = join(wasmOutput, `${name}_bg.wasm`);
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
