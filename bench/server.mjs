/** Serves all files of the benchmark's pages, and records which page loaded which files. */
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { findFile, isolation } from './mounts.mjs';

/**
 * @typedef {object} LocalServer
 * @property {string} origin
 * @property {(visitor: string) => string[]} filesOf the distinct files that a visitor has loaded, as paths on disk.
 * @property {() => void} close
 */

/**
 * Starts the server. URL paths have the form `/VISITOR/MOUNT/PATH`. The first folder identifies the page, also in requests
 * of its workers.
 *
 * @param {Record<string, string>} [headers] of every response.
 * @returns {Promise<LocalServer>}
 */
export async function serve(headers = { 'cache-control': 'no-store', ...isolation }) {
  /** @type {Map<string, Set<string>>} */
  const loaded = new Map();
  const server = createServer(async (request, response) => {
    const [, visitor, ...rest] = new URL(request.url, 'http://local').pathname.split('/');
    const found = await findFile(`/${rest.join('/')}`);
    if (!found) return response.writeHead(404).end();
    if (!loaded.has(visitor)) loaded.set(visitor, new Set());
    loaded.get(visitor).add(found.file);
    response.writeHead(200, {
      'content-type': found.type,
      'content-length': found.size,
      ...headers,
    });
    createReadStream(found.file).pipe(response);
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
