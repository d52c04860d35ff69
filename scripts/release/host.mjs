/** A minimal static host. A site that works on it works on any host. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream';

/** The types that every host knows. Other files get no `Content-Type`. */
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
};

/**
 * @typedef {object} Host
 * @property {string} origin
 * @property {string} url of the folder, with a slash at the end.
 * @property {{ path: string, status: number }[]} requests every request, in order.
 * @property {() => Promise<void>} close
 */

/**
 * Serves the files of a folder below `prefix`. It has no index page, no fallback, no directory listing and no range
 * requests, and sends no header except `Content-Type` for the types above. The status is 404 for every other path.
 *
 * @param {string} folder
 * @param {string} prefix starts and ends with a slash.
 * @returns {Promise<Host>}
 */
export async function openHost(folder, prefix = '/some/deep/path/') {
  const paths = new Map((await filesBelow(folder)).map((path) => [`${prefix}${path}`, join(folder, path)]));
  const requests = [];
  const server = createServer(({ method, url }, response) => {
    const [path] = url.split('?');
    const file = method === 'GET' ? paths.get(path) : undefined;
    const type = types[extname(path)];
    requests.push({ path, status: file ? 200 : 404 });
    response.sendDate = false;
    response.writeHead(file ? 200 : 404, file && type ? { 'content-type': type } : {});
    // A canceled request is not an error.
    if (file) pipeline(createReadStream(file), response, () => {});
    else response.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    url: `${origin}${prefix}`,
    requests,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The sorted paths of all files below a folder, with slashes on every system. */
export async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}
