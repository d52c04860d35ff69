import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sources } from './passes.mjs';

const sources = new Sources();

test("a part's digest depends only on its files and its facts", async () => {
  const readme = (path) => path === 'README.md';
  const first = await sources.digest(readme, ['rustc 1']);
  assert.match(first, /^[0-9a-f]{64}$/);
  assert.equal(await new Sources().digest(readme, ['rustc 1']), first);
  assert.notEqual(await sources.digest(readme, ['rustc 2']), first);
  assert.notEqual(await sources.digest((path) => readme(path) || path === 'LICENSE-MIT', ['rustc 1']), first);
});

test('ignored files are left out, except the stamps of the wasm modules', async () => {
  const seen = [];
  await sources.digest((path) => seen.push(path) > 0, []);
  assert.ok(seen.includes('ts/src/index.ts') && seen.includes('scripts/test/passes.test.mjs'));
  assert.deepEqual(
    seen.filter((path) => /node_modules|^ts\/dist\/|_bg\.wasm$/.test(path)),
    [],
  );
  assert.ok(seen.some((path) => /^ts\/wasm\/.*\.stamp$/.test(path)));
});
