/** The report, from invented figures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderReport } from './report.mjs';

const machine = {
  cpu: 'Abacus',
  cores: 2,
  os: 'Clay',
  browser: 'Chromium 1',
  commit: 'abc1234',
  date: '2026-01-02',
};
const adapter = { name: 'Beads', isFallbackAdapter: true, fmaGflops: 16.04, copyGBs: 3.7 };
const row = {
  engine: 'ours',
  version: '0.1.0',
  backend: 'webgpu',
  threads: 1,
  model: 'model',
  timing: 'queued',
  batch: 4,
  medianMs: 12.345,
  p95Ms: 123.45,
  minMs: 1.2345,
  n: 30,
  awaitedMs: 14,
  loadMs: 100.4,
  firstMs: 200,
  dispatches: 47,
  passes: 1,
  submissions: 1,
  pipelines: 0,
  readbackBytes: 147456,
  fractionOfFmaPeak: 0.3237,
  downloadBytesBrotli: 1_090_000,
  worstDifference: 0.00004,
  refused: [],
};
const lines = (result) => renderReport({ machine, adapter, rounds: 30, rows: [], ...result }).split('\n');

test('names the date, the commit and the machine', () => {
  const [first] = lines({});
  for (const part of [
    '2026-01-02',
    'abc1234',
    'Abacus',
    'Chromium 1',
    '16.0 GFLOP/s',
    '3.7 GB/s',
    '30 rounds',
  ]) {
    assert.ok(first.includes(part), `${part} in ${first}`);
  }
});

test('figures have three digits, and batches are marked', () => {
  const text = lines({ rows: [row] });
  assert.ok(text.includes('| ours 0.1.0 | webgpu | 1 | 12.3 | 123 | 1.23 | 30 x 4 | 14.0 | 32.4 % |'));
  assert.ok(text.includes('| ours | webgpu | 1 | 100 | 200 | 1.09 | 47 | 1 | 1 | 0 | 147 | 4e-5 |'));
});

test('a failed engine has a reason and no figures', () => {
  const { engine, version, backend, threads, model } = row;
  const text = lines({
    rows: [{ engine, version, backend, threads, model, refused: [], error: 'No.\nat line 1' }],
  });
  assert.ok(text.includes('| ours 0.1.0 | webgpu | 1 | failed |  |  |  |  |  |'));
  assert.ok(text.includes('ours, webgpu, 1 thread(s), failed: No.'));
});
