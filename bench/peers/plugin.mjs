/**
 * A Vite plugin that serves the other engines to the benchmark page, below `/peers/`. They run in frames with a policy of
 * their own. It permits more kinds of code than the page's policy, and the same origins.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFile, isolation } from '../mounts.mjs';
import { bench } from '../paths.mjs';
import { findOffers } from './offers.mjs';

const folder = '/peers/';
const frame = join(bench, 'peers', 'frame.html');

/** The page's own policy. */
const pagePolicy = /(<meta http-equiv="Content-Security-Policy" content="[^"]*)(">)/i;

/** @returns {import('vite').Plugin} */
export function peers() {
  const serve = (server) => {
    server.middlewares.use((request, response, next) => {
      const { pathname, searchParams } = new URL(request.url, 'http://local');
      if (!pathname.startsWith(folder)) return next();
      const options = { evaluates: searchParams.has('evaluates') };
      answer(pathname.slice(folder.length - 1), options, response).catch(next);
    });
  };
  return {
    name: 'peers',
    // Isolated frames need an isolated page.
    config: () => ({ server: { headers: isolation }, preview: { headers: isolation } }),
    configureServer: serve,
    configurePreviewServer: serve,
    transformIndexHtml: { order: 'post', handler: allowFrames },
  };
}

/** Permits frames of the page's own server. Without this plugin, the built page permits none. */
export function allowFrames(html) {
  return html.replace(pagePolicy, "$1; frame-src 'self'$2");
}

async function answer(path, options, response) {
  const headers = { 'cache-control': 'no-store', ...isolation };
  if (path === '/index.json') {
    response.writeHead(200, { ...headers, 'content-type': 'application/json' });
    return response.end(JSON.stringify(await findOffers()));
  }
  if (path === '/frame.html') {
    const page = await readFile(frame, 'utf8');
    const policy = { 'content-security-policy': policyOf(page, options) };
    response.writeHead(200, { ...headers, ...policy, 'content-type': 'text/html' });
    return response.end(page);
  }
  const found = await findFile(path);
  if (!found) return response.writeHead(404, headers).end();
  response.writeHead(200, { ...headers, 'content-type': found.type, 'content-length': found.size });
  createReadStream(found.file).pipe(response);
}

/**
 * The frame's policy: modules, classic scripts, WebAssembly, and workers from blobs, all from this server.
 *
 * @param {string} page the frame's HTML.
 * @param {{ evaluates?: boolean }} [options] `evaluates` permits `eval`.
 */
export function policyOf(page, { evaluates = false } = {}) {
  const inline = [...page.matchAll(/<script type="importmap">(.*?)<\/script>/gs)].map(
    ([, text]) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src 'self' blob: ${evaluates ? "'unsafe-eval'" : "'wasm-unsafe-eval'"} ${inline.join(' ')}`,
    "connect-src 'self' blob: data:",
    "img-src 'self' blob: data:",
    "worker-src 'self' blob:",
  ].join('; ');
}
