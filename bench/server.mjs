/** Serves everything that a benchmark page loads, from this machine, and knows what each page loaded. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { root } from '../scripts/setup/paths.mjs';
import { converted } from './paths.mjs';

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** The first folder of an address and where it is on disk. */
const mounts = {
  bench: join(root, 'bench'),
  npm: join(root, 'bench', 'node_modules'),
  wasm: join(root, 'ts', 'wasm'),
  models: join(root, 'models'),
  golden: join(root, 'tests', 'golden'),
  clip: join(root, 'demo-chime', 'public'),
  converted,
};

/**
 * @typedef {object} LocalServer
 * @property {string} origin
 * @property {(visitor: string) => string[]} filesOf every file that a visitor has loaded, once, as a path on disk.
 * @property {() => void} close
 */

/**
 * Starts the server. An address is `/VISITOR/MOUNT/PATH`: pages are told apart by their first folder, so that requests
 * of their workers count as theirs. All pages are cross-origin isolated: they may have threads, and fine clocks.
 *
 * @returns {Promise<LocalServer>}
 */
export async function serve() {
  /** @type {Map<string, Set<string>>} */
  const loaded = new Map();
  const server = createServer(async (request, response) => {
    const [, visitor, mount, ...rest] = decodeURIComponent(
      new URL(request.url, 'http://local').pathname,
    ).split('/');
    const folder = mounts[mount];
    const file = folder && normalize(join(folder, ...rest));
    const found = file?.startsWith(folder + sep) && (await stat(file).catch(() => undefined));
    if (!found?.isFile()) return response.writeHead(404).end();
    if (!loaded.has(visitor)) loaded.set(visitor, new Set());
    loaded.get(visitor).add(file);
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
    response.setHeader('content-length', found.size);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('cross-origin-resource-policy', 'same-origin');
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    filesOf: (visitor) => [...(loaded.get(visitor) ?? [])],
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
