import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { wasmOutput } from '../setup/paths.mjs';
import { StillBuilding } from './still-building.mjs';

/** What the plugin answers to `/building.json`. */
async function asked(plugin) {
  let handler;
  plugin.configureServer({ middlewares: { use: (_path, handle) => (handler = handle) } });
  return new Promise((resolve) => {
    const response = { writeHead() {}, end: (text) => resolve(JSON.parse(text)) };
    handler({}, response);
  });
}

test('pages run on WebGL2 until the module is built, and not after', async () => {
  const building = new StillBuilding();
  const plugin = building.plugin();
  const tags = plugin.transformIndexHtml();
  assert.deepEqual(
    tags.map(({ attrs }) => attrs.content ?? attrs.src),
    ['webgl', '/src/building.ts'],
  );
  assert.equal((await asked(plugin)).state, 'building');
  await building.follow(Promise.resolve());
  assert.equal((await asked(plugin)).state, 'ready');
  assert.deepEqual(plugin.transformIndexHtml(), []);
});

test('a build that fails is told to the page, and to the terminal', async () => {
  const building = new StillBuilding();
  await assert.rejects(building.follow(Promise.reject(new Error('rustc: error'))), /rustc: error/);
  const plugin = building.plugin();
  assert.equal((await asked(plugin)).state, 'failed');
  assert.equal(plugin.transformIndexHtml().length, 2);
});

test('a page is not reloaded by the module that arrives, but by every other file', () => {
  const { hotUpdate } = new StillBuilding().plugin();
  assert.deepEqual(hotUpdate({ file: join(wasmOutput, 'cyclorama_web.js') }), []);
  assert.equal(hotUpdate({ file: '/checkout/demo-chime/src/main.ts' }), undefined);
});
