// Puts comlink into `dist/`, so that the package needs no other one: import maps, which pages without a bundler name packages by,
// do not reach into workers.
import { readdir, readFile, writeFile } from 'node:fs/promises';

const dist = new URL('../dist/', import.meta.url);
const comlink = await readFile(new URL(import.meta.resolve('comlink/dist/esm/comlink.mjs')), 'utf8');
if (!comlink.includes('SPDX-License-Identifier: Apache-2.0')) {
  throw new Error('comlink has come without its licence, or under another one');
}
await writeFile(new URL('comlink.js', dist), comlink.replace(/^\/\/# sourceMappingURL=.*\n?/m, ''));

for (const name of await readdir(dist)) {
  if (!name.endsWith('.js')) continue;
  const file = new URL(name, dist);
  const script = await readFile(file, 'utf8');
  const bound = script.replace(/^((?:import|export) .*from )'comlink';$/gm, "$1'./comlink.js';");
  if (bound !== script) await writeFile(file, bound);
}
