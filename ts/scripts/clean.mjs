// Deletes the output of the last build, so that the package contains no deleted modules.
import { rm } from 'node:fs/promises';

await rm(new URL('../dist/', import.meta.url), { recursive: true, force: true });
