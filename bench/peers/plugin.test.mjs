/** The policies of the other engines' frames and of the page around them. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bench } from '../paths.mjs';
import { allowFrames, peers, policyOf } from './plugin.mjs';

const page = await readFile(join(bench, 'peers', 'frame.html'), 'utf8');
let server;
let origin;

before(async () => {
  const handlers = [];
  peers().configureServer({ middlewares: { use: (handler) => handlers.push(handler) } });
  server = createServer((request, response) => {
    handlers[0](request, response, (error) => response.writeHead(error ? 500 : 418).end());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

for (const evaluates of [false, true]) {
  test(`a frame can reach only its own server, and ${evaluates ? 'can' : 'cannot'} evaluate strings`, () => {
    const policy = policyOf(page, { evaluates });
    const directives = Object.fromEntries(
      policy.split('; ').map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1)]),
    );
    assert.deepEqual(directives['default-src'], ["'none'"]);
    const allowed = new Set(["'self'", "'none'", "'wasm-unsafe-eval'", "'unsafe-eval'", 'blob:', 'data:']);
    for (const [name, sources] of Object.entries(directives)) {
      const others = sources.filter((source) => !allowed.has(source));
      if (name === 'script-src') assert.match(others.join(' '), /^'sha256-[\w+/]{43}='$/);
      else assert.deepEqual(others, [], name);
    }
    assert.equal(policy.includes("'unsafe-eval'"), evaluates);
  });
}

test('the page permits frames of its own server, and its policy does not change otherwise', () => {
  const policy = "default-src 'none'; script-src 'self'";
  const html = `<head><meta http-equiv="Content-Security-Policy" content="${policy}"></head>`;
  assert.equal(allowFrames(html), html.replace(policy, `${policy}; frame-src 'self'`));
});

test('the engines are served, isolated, with their own policy', async () => {
  const frame = await fetch(`${origin}/peers/frame.html`);
  assert.equal(await frame.text(), page);
  assert.equal(frame.headers.get('content-security-policy'), policyOf(page));
  assert.equal(frame.headers.get('cross-origin-embedder-policy'), 'require-corp');
  const module = await fetch(`${origin}/peers/bench/peers/frame.js`);
  assert.equal(module.headers.get('content-type'), 'text/javascript');
  await module.text();
});

test('files outside the mounted folders are not served', async () => {
  for (const path of [
    '/peers/absent.js',
    '/peers/bench/absent.js',
    '/peers/bench/%2e%2e/package.json',
    '/peers/..%2fpackage.json',
    '/peers/toString/x',
  ]) {
    assert.equal((await fetch(origin + path)).status, 404, path);
  }
  assert.equal((await fetch(`${origin}/index.html`)).status, 418, 'the rest is left to Vite');
});

test('every offered engine and model can be loaded', async () => {
  const offers = await (await fetch(`${origin}/peers/index.json`)).json();
  for (const { id, version, file, variants, models } of offers) {
    assert.match(version, /^\d/, id);
    assert.equal((await fetch(`${origin}/peers/bench/engines/${file}`)).status, 200, id);
    assert.ok(variants.length > 0, id);
    for (const { paths } of models) {
      const path = id === 'litert' ? paths.path : paths.rewrittenPath;
      const found = await fetch(`${origin}/peers/${path}`);
      assert.equal(found.status, 200, path);
      await found.arrayBuffer();
    }
  }
});
