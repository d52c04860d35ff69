import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportModules } from '../report/drive.mjs';
import { assembleReport } from './kit/report.mjs';
import { renderReport } from './kit/tables.mjs';

const settings = {
  rounds: 2,
  frames: 1,
  disguise: {},
  engines: [
    { file: 'cyclorama', engine: 'cyclorama', version: '0.1.0' },
    { file: 'litert', engine: 'LiteRT.js', version: '2.5.3' },
  ],
  models: [{ name: 'small', width: 100, height: 50, multiplyAdds: 1e6 }],
  sizes: [
    [1280, 720],
    [640, 360],
  ],
  cyclorama: '0.1.0',
  commit: 'abc',
  dawn: '0.6.2',
};
const stages = (inference) => ({ import: 1, preprocess: 2, inference, refine: 1, composite: 1, output: 0 });
const calls = {
  calls: 9,
  jsObjects: 4,
  submissions: 2,
  passes: 3,
  dispatches: 6,
  dispatchesBetweenWaits: [1, 5],
};
const frame = {
  input: [1280, 720],
  createMs: 900,
  firstMs: 20,
  info: { precision: 'f16' },
  agreement: 0.97,
  gpu: [],
  completed: [9, 11].map((total) => ({ ...stages(4), total })),
  cpu: [{ ...stages(3), total: 8 }],
  backToBack: [5, 4],
  calls,
  inferenceDispatches: 5,
};
const ours = {
  file: 'cyclorama',
  model: 'small',
  queued: [2, 4],
  awaited: [5, 6, 7],
  gpu: [0.5, 0.5],
  batch: 10,
  worstDifference: 1e-5,
  loadMs: 100,
  firstMs: 10,
  pipelines: 3,
  dispatches: 5,
  passes: 1,
  submissions: 1,
};
const found = {
  date: '2026-11-27T08:00:00.000Z',
  adapter: { name: 'Card', isFallbackAdapter: false, features: ['shader-f16', 'timestamp-query'] },
  floor: Object.fromEntries(
    [
      'submission',
      'dispatches50',
      'passes50',
      'submissions50',
      'encoding50',
      'dispatchUs',
      'readbackMask',
    ].map((name) => [name, 0.5]),
  ),
  peaks: { fmaGflops: 100, copyGBs: 10 },
  clockMHz: { median: 1980, min: 345, max: 1980 },
  engines: [ours, { ...ours, file: 'litert', error: 'The device is lost.' }],
  frames: [frame, { input: [640, 360], error: 'The mask was rejected.' }],
  nativeRows: [],
  problems: ['native program: no time was left.'],
};

test('the report has the counted frame, the fraction of the peak and every failure, and the benchmark page opens it', async () => {
  const report = await assembleReport(settings, found);
  const { checkReport } = await reportModules();
  const { rows } = checkReport(JSON.parse(JSON.stringify(report)));
  assert.deepEqual(
    rows.map(({ system, precision, input, error }) => [system, precision, input.join('x'), error]),
    [
      ['cyclorama', 'f16', '1280x720', undefined],
      ['cyclorama', 'f32', '640x360', 'The mask was rejected.'],
      ['cyclorama', 'f16', '100x50', undefined],
      ['LiteRT.js', 'f32', '100x50', 'The device is lost.'],
    ],
  );
  const { dispatchesBetweenWaits: _, ...counts } = calls;
  assert.deepEqual(report.frame, { input: [1280, 720], inferenceDispatches: 5, ...counts, threadMs: 8 });
  assert.equal(report.worstDifference, 1e-5);
  // 2 MFLOP in 0.5 ms are 4 of 100 GFLOP/s.
  assert.equal(report.rows[2].fractionOfFmaPeak, 0.04);
  // Without timestamps a stage has the wall clock until it was completed.
  assert.deepEqual([rows[0].ranges.inference.clock, rows[0].ranges.inference.median], ['completed', 4]);
  assert.deepEqual([rows[0].ranges.segmentation.median, rows[0].ranges.frame.median], [6, 10]);
  const text = renderReport(report);
  for (const part of [
    'Adapter: Card (hardware, timestamps, shader-f16). Clock: 1980 MHz (345 to 1980).',
    '2 submissions, 3 passes, 6 dispatches (inference 5), 9 calls of WebGPU, which return 4 objects.',
    '| 1280x720 | webgpu f16 | 1.00 | 2.00 | 4.00 |',
    '| small | cyclorama f16 | 0.500 | 3.00 |',
    'cyclorama, small, 640x360, failed: The mask was rejected.',
    'native program: no time was left.',
  ]) {
    assert.ok(text.includes(part), `${part}\n\n${text}`);
  }
});

test('a stage without timestamps in one frame does not shift those of other frames', async () => {
  const gpu = [{ inference: 4 }, { preprocess: 1, inference: 4 }, { preprocess: 2, inference: 8 }];
  const { rows } = await assembleReport(settings, { ...found, frames: [{ ...frame, gpu }] });
  const { clock, min, n } = rows[0].ranges.segmentation;
  assert.deepEqual([clock, min, n], ['gpu', 5, 2]);
  assert.deepEqual([rows[0].stages.preprocess.gpu.n, rows[0].stages.refine.gpu], [2, undefined]);
});

test('without the adapter, its precision is that of the frames, and the tables have the rest', async () => {
  const { adapter, floor, peaks, ...rest } = found;
  assert.equal((await assembleReport(settings, rest)).rows[2].precision, 'f16');
  const report = await assembleReport(settings, { ...rest, adapter, floor });
  assert.match(renderReport(report), /An empty submission takes 0\.500 ms/);
  assert.doesNotMatch(renderReport(report), /Peaks/);
});

test('a software adapter is a problem where hardware is wanted', async () => {
  const adapter = { ...found.adapter, isFallbackAdapter: true };
  const problems = async (hardware) =>
    (await assembleReport({ ...settings, hardware }, { ...found, adapter })).problems;
  assert.deepEqual(await problems(false), found.problems);
  const [software, ...others] = await problems(true);
  assert.match(software, /^Card is a software adapter: /);
  assert.deepEqual(others, found.problems);
});

test('a machine without an adapter gives a report of what failed', async () => {
  const { adapter, floor, peaks, clockMHz, ...rest } = found;
  const problems = ['adapter, calls, peaks: Dawn finds no adapter.'];
  const report = await assembleReport(settings, { ...rest, engines: [], frames: [], problems });
  assert.deepEqual([report.worstDifference, report.frame], [null, undefined]);
  const { checkReport } = await reportModules();
  const { rows } = checkReport(JSON.parse(JSON.stringify(report)));
  assert.equal(rows.length, 4);
  for (const { error } of rows) assert.equal(error, 'It has no figures: see the problems.');
  assert.match(renderReport(report), /no adapter\.$/);
});
