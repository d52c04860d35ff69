// Copies comlink into `dist/`, so that the package has no dependencies. Pages without a bundler resolve package names with import maps,
// which do not apply in workers.
import { readdir, readFile, writeFile } from 'node:fs/promises';

const dist = new URL('../dist/', import.meta.url);
const comlink = await readFile(new URL(import.meta.resolve('comlink/dist/esm/comlink.mjs')), 'utf8');
if (!comlink.includes('SPDX-License-Identifier: Apache-2.0')) {
  throw new Error('comlink has no license header, or another license');
}
await writeFile(new URL('comlink.js', dist), comlink.replace(/^\/\/# sourceMappingURL=.*\n?/m, ''));

for (const name of await readdir(dist, { recursive: true })) {
  if (!name.endsWith('.js')) continue;
  const file = new URL(name, dist);
  const script = await readFile(file, 'utf8');
  const folders = name.split(/[\\/]/).length - 1;
  const path = `${'../'.repeat(folders) || './'}comlink.js`;
  const bound = script.replace(/^((?:import|export) .*from )'comlink';$/gm, `$1'${path}';`);
  if (bound !== script) await writeFile(file, bound);
}
