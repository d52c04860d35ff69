/** Where the benchmark keeps what it makes. */
import { join } from 'node:path';
import { cache, root } from '../scripts/setup/paths.mjs';

/** The benchmark's own npm package. */
export const bench = join(root, 'bench');

/** Slow to make, good for every checkout: the Python environment and the converted models. */
export const benchCache = join(cache, 'bench');
export const converted = join(benchCache, 'converted');

/** What a run writes to look at: shaders and tables. */
export const output = join(bench, 'output');
