/** Paths of the checkout and of the caches. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The cache of everything that takes long to build, which all checkouts use. */
export const cache =
  process.env.CYCLORAMA_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cyclorama');

/**
 * Cargo's target directories. Host and wasm builds may use different compilers. A common directory would be rebuilt
 * at every change between them.
 */
export const hostTarget = join(cache, 'host');
export const wasmTarget = join(cache, 'wasm');
export const bindgenTarget = join(cache, 'bindgen');
export const fuzzTarget = join(cache, 'fuzz', 'target');
export const flipTarget = join(cache, 'flip');

/** Built wasm modules by the digest of their sources, for other checkouts and branches. */
export const wasmModules = join(cache, 'modules');

/** The fuzzer's corpora and findings. The seeds are in the checkout. */
export const fuzzCorpora = join(cache, 'fuzz', 'corpora');

/** The executable's file name on this system. */
export const executable = (name) => (process.platform === 'win32' ? `${name}.exe` : name);

/** The profile of Cargo.toml for host programs, unless their speed is measured. */
export const hostProfile = 'quick';

/** The built command line, for tests and for measurements. */
export const program = join(hostTarget, hostProfile, executable('cyclorama'));
export const optimizedProgram = join(hostTarget, 'release', executable('cyclorama'));

/** Command-line tools, built in fixed versions. */
export const tools = join(cache, 'tools');

/** The wasm modules with their JavaScript, for the npm package. */
export const wasmOutput = join(root, 'ts', 'wasm');
/** The wasm module of the benchmark page. */
export const qualityWasmOutput = join(root, 'demo-chime', 'wasm');
