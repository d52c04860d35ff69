/**
 * Builds the wasm modules with their JavaScript and types: the engine in `ts/wasm/`, and mask quality for the
 * benchmark page.
 */
import { cp, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { run } from './command.mjs';
import { qualityWasmOutput, root, wasmModules, wasmOutput, wasmTarget } from './paths.mjs';
import { step } from './progress.mjs';
import { claimTarget, prepareBindgen, prepareWasmCompiler } from './rust.mjs';
import { digest, unlessStamped } from './stamp.mjs';

const relaxedSimd = 'target.wasm32-unknown-unknown.rustflags = ["-C", "target-feature=+relaxed-simd"]';

/**
 * The engine is one crate with three exclusive features: for the CPU, for WebGL2 and for WebGPU. The module for mask
 * quality is not part of the npm package.
 *
 * `cpuRelaxed` is the module for the CPU in relaxed SIMD. It is a second `.wasm` file for the JavaScript of `cpu`.
 */
const modules = {
  cpu: {
    name: 'cyclorama_cpu',
    crate: 'cyclorama-web',
    features: ['--no-default-features', '--features', 'cpu'],
    output: wasmOutput,
    sources: ['tflite', 'segmentation', 'effects', 'engine', 'web'],
  },
  webgl: {
    name: 'cyclorama_webgl',
    crate: 'cyclorama-web',
    features: ['--no-default-features', '--features', 'webgl'],
    output: wasmOutput,
    sources: ['tflite', 'segmentation', 'effects', 'engine', 'web'],
  },
  webgpu: {
    name: 'cyclorama_web',
    crate: 'cyclorama-web',
    features: ['--no-default-features', '--features', 'webgpu'],
    output: wasmOutput,
    sources: ['tflite', 'segmentation', 'effects', 'engine', 'web'],
  },
  cpuRelaxed: {
    name: 'cyclorama_cpu_relaxed',
    glue: 'cyclorama_cpu',
    crate: 'cyclorama-web',
    // Cargo appends the flags to those of .cargo/config.toml, and keeps builds with other flags.
    features: ['--no-default-features', '--features', 'cpu', '--config', relaxedSimd],
    wasmFeatures: ['--enable-relaxed-simd'],
    output: wasmOutput,
    sources: ['tflite', 'segmentation', 'effects', 'engine', 'web'],
  },
  quality: {
    name: 'cyclorama_quality',
    crate: 'cyclorama-quality-web',
    features: [],
    output: qualityWasmOutput,
    sources: ['quality', 'quality-web'],
  },
};

/** @typedef {keyof typeof modules} ModuleName */

/**
 * The modules of the npm package. The one for the CPU takes a fraction of the others' time. Pages need the one in relaxed
 * SIMD least.
 *
 * @type {ModuleName[]}
 */
export const engines = ['cpu', 'webgl', 'webgpu', 'cpuRelaxed'];

const profile = ['--profile', 'wasm', '--target', 'wasm32-unknown-unknown'];

/** Number of builds of a module that are kept for other branches and checkouts. */
const KEPT = 4;

/** The wasm features of all browsers with `VideoFrame`. With `--all-features`, wasm-opt could emit others. */
const wasmFeatures = [
  'simd',
  'bulk-memory',
  'nontrapping-float-to-int',
  'sign-ext',
  'mutable-globals',
  'reference-types',
  'multivalue',
].map((feature) => `--enable-${feature}`);

const filesOf = ({ name, glue }) =>
  glue ? [`${name}_bg.wasm`] : [`${name}.js`, `${name}.d.ts`, `${name}_bg.wasm`, `${name}_bg.wasm.d.ts`];

/**
 * Puts modules in place. Builds those without a kept build of the same sources.
 *
 * @param {ModuleName[]} names in the order in which they are built.
 * @param {Promise<unknown>} packages settles when the npm packages are installed. Only wasm-opt needs them, so compilers do
 *   not wait.
 */
export async function prepareWasm(names = engines, packages = Promise.resolve()) {
  const compiler = await prepareWasmCompiler();
  const fresh = [];
  for (const name of names) {
    const module = modules[name];
    const value = await version(name, compiler);
    if (await isInPlace(module, value)) continue;
    const kept = await exists(folderOf(name, value));
    await step(`wasm for ${name}`, async (report) => {
      if (!kept) await make(name, compiler, value, packages, report);
      await install(name, value);
      const weight = await weigh(join(module.output, `${module.name}_bg.wasm`));
      return kept ? `from the cache, ${weight}` : weight;
    });
    fresh.push(name);
  }
  if (fresh.length === 0) await step(`wasm for ${names.join(', ')}`, async () => 'up to date');
}

/** The modules of the npm package that {@link prepareWasm} would build: they are neither in place nor kept. */
export async function missingEngines() {
  const compiler = await prepareWasmCompiler();
  const missing = [];
  for (const name of engines) {
    const value = await version(name, compiler);
    const built = (await isInPlace(modules[name], value)) || (await exists(folderOf(name, value)));
    if (!built) missing.push(name);
  }
  return missing;
}

/** The digest of a module's sources and tools. */
async function version(name, compiler) {
  const { sources, features } = modules[name];
  const inputs = [
    'Cargo.toml',
    'Cargo.lock',
    '.cargo/config.toml',
    'rust/bindgen/src',
    ...sources.flatMap((crate) => [`rust/${crate}/Cargo.toml`, `rust/${crate}/src`]),
    'scripts/setup/wasm.mjs',
  ];
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const optimizer = lock.packages['node_modules/binaryen'].version;
  return digest(inputs, compiler.version, optimizer, ...features);
}

const stampOf = ({ name, output }) => join(output, `.${name}.stamp`);
const folderOf = (name, value) => join(wasmModules, `${name}-${value.slice(0, 20)}`);

async function isInPlace(module, value) {
  const stamp = await readFile(stampOf(module), 'utf8').catch(() => undefined);
  if (stamp !== value) return false;
  const there = await Promise.all(filesOf(module).map((file) => exists(join(module.output, file))));
  return there.every(Boolean);
}

const exists = (path) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Copies a kept build to the folder of the package or of the demo. */
async function install(name, value) {
  const module = modules[name];
  const folder = folderOf(name, value);
  await mkdir(module.output, { recursive: true });
  const products = filesOf(module).map((file) => join(module.output, file));
  await unlessStamped(stampOf(module), value, products, async () => {
    for (const file of filesOf(module)) await cp(join(folder, file), join(module.output, file));
  });
  // The oldest builds are deleted first.
  const now = new Date();
  await utimes(folder, now, now);
}

/** Builds a module into the cache. A folder there is always complete. */
async function make(name, compiler, value, packages, report) {
  const module = modules[name];
  const bindgen = prepareBindgen();
  // Awaited below. This only prevents an unhandled rejection in the meantime.
  bindgen.catch(() => {});
  const compiled = await compile(compiler, module, report);
  const partial = `${folderOf(name, value)}.${process.pid}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    // The module imports its JavaScript by this name.
    const glue = module.glue ?? module.name;
    await run(await bindgen, [compiled, glue, partial], { onLine: report });
    await packages;
    const bound = join(partial, `${glue}_bg.wasm`);
    await optimize(bound, module, report);
    await rename(bound, join(partial, `${module.name}_bg.wasm`));
    await rename(partial, folderOf(name, value));
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  await forget(name);
}

async function compile({ args, env }, { crate, features }, report) {
  await claimTarget(wasmTarget);
  // Only as a cdylib: with an rlib, Cargo would skip link-time optimization.
  const build = ['rustc', '--locked', '--package', crate, '--lib', ...features, '--crate-type', 'cdylib'];
  await run('cargo', [...build, ...profile, ...args], {
    env: { ...env, CARGO_TARGET_DIR: wasmTarget },
    onLine: report,
  });
  return join(wasmTarget, 'wasm32-unknown-unknown', 'wasm', `${crate.replaceAll('-', '_')}.wasm`);
}

async function optimize(file, module, report) {
  const smaller = `${file}.smaller`;
  const wasmOpt = join(root, 'node_modules', 'binaryen', 'bin', 'wasm-opt');
  const features = [...wasmFeatures, ...(module.wasmFeatures ?? [])];
  await run(process.execPath, [wasmOpt, '-Oz', ...features, file, '-o', smaller], { onLine: report });
  await rename(smaller, file);
}

async function forget(name) {
  const prefix = `${name}-`;
  const folders = (await readdir(wasmModules)).filter((folder) => folder.startsWith(prefix));
  const dated = await Promise.all(
    folders.map(async (folder) => ({ folder, time: (await stat(join(wasmModules, folder))).mtimeMs })),
  );
  dated.sort((a, b) => b.time - a.time);
  for (const { folder } of dated.slice(KEPT)) await rm(join(wasmModules, folder), { recursive: true });
}

async function weigh(module) {
  const bytes = await readFile(module);
  const compressed = await promisify(brotliCompress)(bytes);
  return `${megabytes(bytes)}, ${megabytes(compressed)} with brotli`;
}

const megabytes = (bytes) => `${(bytes.length / 1e6).toFixed(2)} MB`;

/**
 * Writes a placeholder for a module until it is built, with the types of the module for the CPU. The package compiles with
 * it, and a page that requests this backend gets an error with the reason. In place of `cpuRelaxed`, pages get `cpu`.
 *
 * @param {ModuleName} engine
 */
export async function writePlaceholder(engine) {
  const { name, glue } = modules[engine];
  const [placeholder, model] = [name, modules.cpu.name].map((name) => join(wasmOutput, name));
  // The stamp of the previous module is no longer valid.
  await rm(stampOf(modules[engine]), { force: true });
  if (glue) return cp(`${model}_bg.wasm`, `${placeholder}_bg.wasm`);
  const reason = `The module for "${engine}" is still being compiled: use backend "cpu" until \`npm start\` says that it is ready.`;
  await cp(`${model}.d.ts`, `${placeholder}.d.ts`);
  await cp(`${model}_bg.wasm.d.ts`, `${placeholder}_bg.wasm.d.ts`);
  await writeFile(`${placeholder}.js`, `throw new Error(${JSON.stringify(reason)});\n`);
  // An empty module.
  await writeFile(join(wasmOutput, `${name}_bg.wasm`), Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
}

/** The reason why {@link lintWasm} cannot run here, or undefined. */
export async function lintWasmUnavailable() {
  const { args } = await prepareWasmCompiler();
  return args.length > 0 ? "clippy belongs to rustup's compiler, which has no wasm target here" : undefined;
}

/**
 * Runs clippy on the code for browsers, and resolves with its output.
 *
 * @param options.lints the arguments after the `--` of cargo clippy.
 */
export async function lintWasm({ env, onLine, lints }) {
  await claimTarget(wasmTarget);
  let output = '';
  for (const { crate, features, glue } of Object.values(modules)) {
    // The same code as `cpu`.
    if (glue) continue;
    const lint = ['clippy', '--locked', '--package', crate, '--lib', ...features, ...profile, '--', ...lints];
    output += await run('cargo', lint, { env: { ...env, CARGO_TARGET_DIR: wasmTarget }, onLine });
  }
  return output;
}
