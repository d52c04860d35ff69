/** Reports as sections of pages and as files, from invented figures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryOf, reportModules } from './drive.mjs';
import { digits, renderReport, renderSummary } from './sections.mjs';
import { readPublished, renderSeeds } from './seeds.mjs';
import { serialize } from './store.mjs';

const page = await reportModules();
const figure = (median, clock = 'gpu') => ({
  clock,
  median,
  mad: median / 10,
  p5: median / 2,
  p95: 2 * median,
  min: median / 2,
  n: 40,
});
const row = (model, refinement, frame, rest = {}) => ({
  system: 'cyclorama',
  version: '0.1.0',
  model,
  modelSize: [256, 144],
  backend: 'wgpu',
  precision: 'f32',
  refinement,
  input: [1280, 720],
  stages: { inference: { cpu: figure(0.5, 'cpu'), gpu: figure(8) } },
  ranges: { inference: figure(8), segmentation: figure(9.5), frame: figure(frame, 'completed') },
  framesPerSecond: figure(1000 / frame, 'completed'),
  ...rest,
});
const report = (rows, by = 'native') => ({
  schema: 'cyclorama-benchmark/1',
  date: '2026-01-02T03:04:05Z',
  cyclorama: '0.1.0',
  commit: 'abc1234',
  by,
  machine: {
    cpu: 'Abacus',
    cores: 2,
    os: 'Clay',
    adapter: { name: 'Beads', software: true, timestamps: true, f16: false },
  },
  source: { kind: 'synthetic', name: 'wheel' },
  settings: { rounds: 3, framesPerRound: 4, warmUp: 1 },
  rows,
});

test('a report names the machine and the settings, and has a table for each frame size', () => {
  const rows = [
    row('full', 'guided', 20),
    row('full', 'none', 125),
    row('full', 'none', 50, { input: [640, 360] }),
  ];
  const text = renderReport(page.checkReport(report(rows)), page);
  for (const part of ['abc1234', 'Abacus', 'Beads', 'software', 'wheel', '3 rounds']) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(text.includes('### Natively, frames of 720p\n\n| system |'));
  assert.ok(text.includes('### Natively, frames of 360p\n\n| system |'));
  assert.ok(
    text.includes(
      '| cyclorama | full | wgpu f32 | none | 8.00ᵍ | 8.00 ± 0.80ᵍ | 9.50 ± 0.95ᵍ | 125 ± 12.5ʷ | 8.00 |',
    ),
    text,
  );
});

test('the summary has the default model and refinement on every backend', () => {
  const model = 'selfie_segmentation_landscape';
  const rows = [
    row(model, 'guided', 20, { backend: 'cpu' }),
    row(model, 'none', 10, { backend: 'cpu' }),
    row('full', 'guided', 30, { backend: 'cpu' }),
    row(model, 'guided', 40, { backend: 'webgl', input: [640, 360] }),
  ];
  const lines = renderSummary(page.checkReport(report(rows)), page).split('\n');
  assert.deepEqual(lines.slice(-4), [
    '| backend | 720p, frames/s | 720p, ms per frame | 360p, frames/s | 360p, ms per frame |',
    '|---|---|---|---|---|',
    '| CPU | 50.0 | 20.0 |  |  |',
    '| CPU + WebGL2 |  |  | 25.0 | 40.0 |',
  ]);
});

test('a failed row is described in text and is in no table', () => {
  const rows = [row('full', 'guided', 20), row('lite', 'none', 1, { error: 'No.\nat line 1' })];
  const lines = renderReport(page.checkReport(report(rows)), page).split('\n');
  assert.equal(lines.filter((line) => line.includes('lite')).length, 1);
  assert.match(lines.at(-1), /lite.*failed: No\.$/);
});

test('figures have about three digits', () => {
  assert.deepEqual([0.0123, 1.005, 9.996, 12.34, 99.96, 1234.5].map(digits), [
    '0.01',
    '1.00',
    '10.0',
    '12.3',
    '100',
    '1235',
  ]);
});

test('our figures follow the published ones, refined and unrefined', () => {
  const published = {
    systems: [
      {
        source: 'A paper',
        year: 2020,
        how: 'somehow',
        rows: [
          { model: '256x144', machine: 'phone', inference: [8, 9], frame: 40, ours: ['full', 'absent'] },
        ],
      },
    ],
  };
  const rows = [row('full', 'guided', 20), row('full', 'none', 16), row('other', 'none', 16)];
  const lines = renderSeeds(published, [report(rows)], page).split('\n');
  const at = lines.indexOf('| *256x144* | *phone* | *8 to 9* |  |  | *40* |  |  |');
  assert.ok(at > 0, lines.join('\n'));
  assert.equal(lines[at + 1], '| full | natively, wgpu f32 | 8.00 | 9.50 | 16.0 | 20.0 | 62.5 | 50.0 |');
  assert.equal(lines[at + 2], undefined, 'a model that was not measured has no line');
});

test('rows for a different frame size name it', () => {
  const published = { systems: [{ source: 'S', year: 1, how: 'h', rows: [{ model: 'm', ours: ['full'] }] }] };
  const text = renderSeeds(published, [report([row('full', 'none', 16, { input: [640, 360] })])], page);
  assert.ok(text.includes('natively, wgpu f32, 360p'), text);
});

test('the published figures name existing models', async () => {
  const { systems } = await readPublished();
  const known = new Set([
    'selfie_segmentation_landscape',
    'selfie_segmentation',
    'segm_full_v679',
    'segm_lite_v681',
    'segm_lite_v509',
    'body-pix-float-050-8',
    'deeplabv3_257_mv_gpu',
  ]);
  for (const { ours } of systems.flatMap(({ rows }) => rows)) {
    for (const name of ours) assert.ok(known.has(name), name);
  }
});

test('a stored report equals the report, except for rounding', () => {
  const whole = report([row('full', 'guided', 20.123456), row('full', 'none', 16)]);
  const text = serialize(whole);
  const read = JSON.parse(text);
  assert.equal(read.rows[0].ranges.frame.median, 20.123);
  assert.deepEqual(page.checkReport(read), page.checkReport({ ...whole, rows: read.rows }));
  assert.equal(text.split('\n').filter((line) => line.includes('"full"')).length, 2, 'a line for each row');
});

test("the page's URL describes a run", () => {
  const query = queryOf({
    models: ['a', 'b'],
    backends: [],
    refinements: ['none'],
    sizes: ['1280x720'],
    peers: ['litert'],
    rounds: 2,
    frames: 3,
    quality: false,
  });
  assert.equal(
    query,
    'models=a%2Cb&refinement=none&sizes=1280x720&peers=litert&rounds=2&frames=3&quality=0&run=',
  );
});
