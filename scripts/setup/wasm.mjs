/** The engine as a wasm module with its JavaScript and types, in `ts/wasm/`. */
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { run } from './command.mjs';
import { root, wasmOutput, wasmTarget } from './paths.mjs';
import { step } from './progress.mjs';
import { claimTarget, prepareWasmBindgen, prepareWasmCompiler, requireCargo } from './rust.mjs';
import { digest, unlessStamped } from './stamp.mjs';

const name = 'cyclorama_web';
const crates = ['tflite', 'segmentation', 'effects', 'engine', 'web'];
const inputs = [
  'Cargo.toml',
  'Cargo.lock',
  '.cargo/config.toml',
  ...crates.flatMap((crate) => [`rust/${crate}/Cargo.toml`, `rust/${crate}/src`]),
  'scripts/setup/wasm.mjs',
];
const crate = ['--package', 'cyclorama-web', '--lib'];
const target = ['--profile', 'wasm', '--target', 'wasm32-unknown-unknown'];
/** What browsers with WebGPU have. `--all-features` would let wasm-opt write what they do not know. */
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
  const products = [`${name}.js`, `${name}.d.ts`, `${name}_bg.wasm`].map((file) => join(wasmOutput, file));
  const made = await unlessStamped(stamp, await digest(inputs, compiler.version), products, async () => {
    const bindgen = await prepareWasmBindgen();
    await step('wasm: compile', (report) => compile(compiler, report));
    await step('wasm: bind', (report) => bind(bindgen, report));
    await step('wasm: optimise', (report) => optimise(report));
  });
  if (!made) await step('wasm', async () => 'up to date');
}

async function compile({ args, env }, report) {
  await claimTarget(wasmTarget);
  // Beside an rlib, Cargo would leave link-time optimisation out: the module is wanted as a cdylib alone.
  const build = ['rustc', ...crate, '--crate-type', 'cdylib', ...target, ...args];
  await run('cargo', build, { env: { ...env, CARGO_TARGET_DIR: wasmTarget }, onLine: report });
}

/** Why {@link lintWasm} cannot run here, or undefined where it can. */
export async function lintWasmUnavailable() {
  const { args } = await prepareWasmCompiler();
  return args.length > 0 ? "clippy belongs to rustup's compiler, which has no wasm target here" : undefined;
}

/** Clippy over the code that exists for the browser only; resolves with what it wrote. */
export async function lintWasm({ env, onLine }) {
  await claimTarget(wasmTarget);
  const lint = ['clippy', '--locked', ...crate, ...target, '--', '-D', 'warnings'];
  return run('cargo', lint, { env: { ...env, CARGO_TARGET_DIR: wasmTarget }, onLine });
}

async function bind(bindgen, report) {
  const module = join(wasmTarget, 'wasm32-unknown-unknown', 'wasm', `${name}.wasm`);
  await rm(wasmOutput, { recursive: true, force: true });
  await mkdir(wasmOutput, { recursive: true });
  // A module that trapped is instantiated anew by `__wbg_reset_state`.
  const options = ['--target', 'web', '--experimental-reset-state-function', '--out-dir', wasmOutput];
  await run(bindgen, [...options, module], { onLine: report });
}

async function optimise(report) {
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
