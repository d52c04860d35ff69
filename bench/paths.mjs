/** Folders of the benchmark. */
import { join } from 'node:path';
import { cache, root } from '../scripts/setup/paths.mjs';

/** The benchmark's own npm package. */
export const bench = join(root, 'bench');

/** The Python environment and the converted models, which all checkouts use. */
export const benchCache = join(cache, 'bench');
export const converted = join(benchCache, 'converted');

/** The films of the fake camera and the bundled host SDKs of `npm run bench:sdks`. */
export const films = join(benchCache, 'films');
export const hosts = join(benchCache, 'hosts');

/** Shaders and tables that a run writes. */
export const output = join(bench, 'output');
