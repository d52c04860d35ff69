/** One short run of the camera alone and of Cyclorama, in Chromium without GPU flags. Needs the built package. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareBrowser, withoutWrapper } from '../../scripts/setup/browser.mjs';
import { measureSdks } from './main.mjs';

const size = '640x360@15';
const settings = {
  only: ['passthrough', 'cyclorama-cpu-high'],
  size: [size],
  rounds: 1,
  warmUp: 500,
  window: 2_000,
  latency: 2_000,
};

test('a run measures the camera alone and Cyclorama, which shows no raw frame', async () => {
  const { rows } = await measureSdks(settings, withoutWrapper(await prepareBrowser()));
  const [camera, ours] = rows;
  assert.deepEqual([camera.error, ours.error], [undefined, undefined]);
  // Twice a second at the least, even on a busy machine.
  for (const row of rows) assert.ok(row.fps > 2, `${row.name}: ${row.fps} fps`);
  assert.ok(camera.rawFrames > 10, `${camera.rawFrames} raw frames of the camera`);
  assert.deepEqual([ours.rawFrames, ours.backend, ours.output], [0, 'cpu', '640x360']);
  assert.deepEqual(ours.refused, []);
  assert.ok(ours.latencyMs > 0 && ours.latencyMs < 2_000, `${ours.latencyMs} ms`);
  assert.ok(ours.firstProcessedMs > 0, `${ours.firstProcessedMs} ms`);
  assert.ok(ours.downloadBytesBrotli > 3e5, `${ours.downloadBytesBrotli} bytes`);
  assert.ok(
    camera.cpuMsPerFrame < ours.cpuMsPerFrame,
    `${camera.cpuMsPerFrame} and ${ours.cpuMsPerFrame} ms`,
  );
});
