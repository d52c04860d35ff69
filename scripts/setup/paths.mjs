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
 * Cargo's target directories. Host and wasm builds may use different compilers, and one directory for both would be
 * rebuilt at every change between them. The wasm modules share what their features have in common.
 */
export const hostTarget = join(cache, 'host');
export const wasmTarget = join(cache, 'wasm');
export const bindgenTarget = join(cache, 'bindgen');
export const fuzzTarget = join(cache, 'fuzz', 'target');

/** Finished wasm modules by what they were made of, for other checkouts and branches. */
export const wasmModules = join(cache, 'modules');

/** What the fuzzer has learned and found, beyond the seeds that are in the checkout. */
export const fuzzCorpora = join(cache, 'fuzz', 'corpora');

/** The executable's file name on this system. */
export const executable = (name) => (process.platform === 'win32' ? `${name}.exe` : name);

/** The profile of Cargo.toml that host programs are built and tested in, unless their speed is measured. */
export const hostProfile = 'quick';

/** Our own command line, once it is built for tests, and for measurements. */
export const program = join(hostTarget, hostProfile, executable('cyclorama'));
export const optimizedProgram = join(hostTarget, 'release', executable('cyclorama'));

/** Command-line tools that are built for one locked version. */
export const tools = join(cache, 'tools');

/** The wasm modules with their JavaScript, as the npm package carries them. */
export const wasmOutput = join(root, 'ts', 'wasm');
/** The same for the benchmark page's own module. */
export const qualityWasmOutput = join(root, 'demo-chime', 'wasm');
