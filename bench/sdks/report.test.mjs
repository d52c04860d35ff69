/** Rows and tables from invented samples. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderReport, renderSummary } from './report.mjs';
import { rowOf } from './rows.mjs';

const sample = (rest) => ({
  backend: 'webgl',
  sizes: ['1280x720'],
  fps: 20,
  distinctFps: 20,
  cpuMsPerFrame: 40,
  othersCores: 0,
  mainThreadBusy: 0.01,
  longTasks: 0,
  latencyMs: 50,
  latencyP95Ms: 80,
  firstProcessedMs: 900,
  rawFramesBefore: 0,
  rawFrames: 0,
  memoryBytes: 5e8,
  refused: [],
  files: [],
  ...rest,
});
const contender = { name: 'twilio', version: '3.2.0', size: '1280x720@30', downloadBytesBrotli: 687_000 };
const machine = {
  cpu: 'Abacus',
  cores: 2,
  os: 'Clay',
  browser: 'Chromium 1',
  commit: 'abc1234',
  date: '2026-01-02',
  webgl: 'Beads',
  prioritized: true,
};
const report = (rows) => renderReport({ machine, settings: { rounds: 3, window: 20_000 }, rows });

test('a row has medians and ranges over the rounds, and the largest counts', () => {
  const row = rowOf(contender, [
    sample({ fps: 20, rawFrames: 0 }),
    sample({ fps: 30, rawFrames: 2, sizes: ['1280x720', '640x360'] }),
    sample({ fps: 22, cpuMsPerFrame: 10 }),
  ]);
  assert.deepEqual([row.fps, row.spread.fps], [22, [20, 30]]);
  assert.deepEqual([row.cpuMsPerFrame, row.spread.cpuMsPerFrame], [40, [10, 40]]);
  assert.deepEqual([row.rawFrames, row.n, row.error], [2, 3, undefined]);
  assert.equal(row.output, '1280x720, 640x360');
  assert.deepEqual(row.downloadBytesBrotli, 687_000);
});

test("a row has the medians of Cyclorama's stages, and a table shows them", () => {
  const stages = [{ import: 1, refine: 4 }, { import: 3 }, { import: 2, refine: 2 }];
  const row = rowOf(
    contender,
    stages.map((each) => sample({ stages: each, dropped: 1, createToFirstMs: 400 })),
  );
  assert.deepEqual(row.stages, { import: 2, refine: 3 });
  assert.match(
    report([row]),
    /\| stages, ms per frame \| import \| refine \| first .* \|\n.*\n\| twilio \| 2\.00 \| 3\.00 \| 400 \(400 to 400\) \|/,
  );
});

test('a failed round is named in the row and does not count', () => {
  const row = rowOf(contender, [sample({}), { error: 'No.', refused: ['elsewhere.example'], files: [] }]);
  assert.deepEqual([row.n, row.error, row.fps], [1, 'No.', 20]);
  assert.deepEqual(row.refused, ['elsewhere.example']);
});

test('a contender that always fails is a row with the reason alone', () => {
  const row = rowOf(contender, [{ error: 'No.', refused: [], files: [] }]);
  const { name, version, size } = contender;
  assert.deepEqual(row, { name, version, size, n: 0, refused: [], error: 'No.' });
});

test('figures that this system cannot measure are missing', () => {
  const row = rowOf(contender, [sample({ cpuMsPerFrame: undefined, memoryBytes: undefined })]);
  assert.equal('cpuMsPerFrame' in row, false);
  assert.match(
    report([row]),
    /\| twilio \| 3\.2\.0 \| webgl \| 1280x720 \| 20\.0 \| 20\.0 \| {2}\| 50 \| 80 \| 1 \|/,
  );
});

test('a report names the machine, and has tables for each size', () => {
  const rows = [
    rowOf(contender, [sample({}), sample({ fps: 24 })]),
    rowOf({ ...contender, size: '640x360@15' }, [sample({ refused: ['elsewhere.example'] })]),
    rowOf({ ...contender, name: 'livekit' }, [{ error: 'No.\nat line 1', refused: [], files: [] }]),
  ];
  const text = report(rows);
  for (const part of ['abc1234', 'Abacus', 'WebGL: Beads', 'WebGPU: no adapter', '3 rounds', '20 s']) {
    assert.ok(text.includes(part), part);
  }
  assert.match(
    text,
    /### Camera 1280x720@30\n\n\| contender .*\n.*\n\| twilio .*\| 22\.0 \(20\.0 to 24\.0\) \|/,
  );
  assert.match(text, /### Camera 640x360@15\n\n\| contender .*\n.*\n\| twilio .*\| 20\.0 \|/);
  assert.match(text, /\| twilio \| 1 \(1 to 1\) \| .*\| 0\.69 \|/);
  assert.match(text, /^- livekit: No\.$/m);
  assert.match(text, /^- \*\*twilio\*\*: Blur radius 15/m);
  assert.match(text, /twilio\*\* requested elsewhere\.example/);
});

test('the summary has the first size alone, one row of Cyclorama, and neither the camera nor failures', () => {
  const rows = [
    rowOf({ name: 'passthrough', size: '1280x720@30' }, [sample({})]),
    rowOf({ ...contender, name: 'cyclorama-webgl-high' }, [sample({})]),
    rowOf(contender, [sample({})]),
    rowOf({ ...contender, name: 'livekit' }, [{ error: 'No.', refused: [], files: [] }]),
    rowOf({ ...contender, size: '640x360@15' }, [sample({})]),
  ];
  const [heading, table] = renderSummary({ machine, rows }).split('\n\n');
  assert.match(heading, /camera 1280x720@30:$/);
  assert.deepEqual(table.split('\n').slice(2), ['| twilio | 20.0 | 40 | 0 |']);
});
