import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { wasmOutput } from '../setup/paths.mjs';
import { PendingBuild } from './pending-build.mjs';

/** The plugin's answer to `/building.json`. */
async function requestState(plugin) {
  let handler;
  plugin.configureServer({ middlewares: { use: (_path, handle) => (handler = handle) } });
  return new Promise((resolve) => {
    const response = { writeHead() {}, end: (text) => resolve(JSON.parse(text)) };
    handler({}, response);
  });
}

test('pages run on the CPU until the other modules are built', async () => {
  const building = new PendingBuild();
  const plugin = building.plugin();
  const tags = plugin.transformIndexHtml();
  assert.deepEqual(
    tags.map(({ attrs }) => attrs.content ?? attrs.src),
    ['cpu', '/src/building.ts'],
  );
  assert.equal((await requestState(plugin)).state, 'building');
  await building.follow(Promise.resolve());
  assert.equal((await requestState(plugin)).state, 'ready');
  assert.deepEqual(plugin.transformIndexHtml(), []);
});

test('a failed build is reported to the page and to the terminal', async () => {
  const building = new PendingBuild();
  await assert.rejects(building.follow(Promise.reject(new Error('rustc: error'))), /rustc: error/);
  const plugin = building.plugin();
  assert.equal((await requestState(plugin)).state, 'failed');
  assert.equal(plugin.transformIndexHtml().length, 2);
});

test('a built module does not reload a page, other files do', () => {
  const { hotUpdate } = new PendingBuild().plugin();
  assert.deepEqual(hotUpdate({ file: join(wasmOutput, 'cyclorama_web.js') }), []);
  assert.equal(hotUpdate({ file: '/checkout/demo-chime/src/main.ts' }), undefined);
});
