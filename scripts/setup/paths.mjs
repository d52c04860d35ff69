/** Where things are: the checkout, and the caches that outlive it. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Holds everything that is slow to make and does not belong into the checkout. */
export const cache =
  process.env.CYCLORAMA_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cyclorama');

/**
 * Cargo's target directories. Host and wasm builds may use different compilers and features, and one directory for
 * all would be rebuilt at every change between them.
 */
export const hostTarget = join(cache, 'host');
export const wasmTarget = join(cache, 'wasm');
export const webglTarget = join(cache, 'webgl');
export const qualityTarget = join(cache, 'quality');
export const fuzzTarget = join(cache, 'fuzz', 'target');

/** What the fuzzer has learned and found, beyond the seeds that are in the checkout. */
export const fuzzCorpora = join(cache, 'fuzz', 'corpora');

/** The executable's file name on this system. */
export const executable = (name) => (process.platform === 'win32' ? `${name}.exe` : name);

/** Our own command line, once it is built. */
export const program = join(hostTarget, 'release', executable('cyclorama'));

/** Command-line tools that are built for one locked version. */
export const tools = join(cache, 'tools');

/** What wasm-bindgen writes and the npm package carries. */
export const wasmOutput = join(root, 'ts', 'wasm');
/** The same for the benchmark page's own module. */
export const qualityWasmOutput = join(root, 'demo-chime', 'wasm');
