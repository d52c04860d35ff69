// Takes away what the last build left: a module that has gone since must not be packed.
import { rm } from 'node:fs/promises';

await rm(new URL('../dist/', import.meta.url), { recursive: true, force: true });
