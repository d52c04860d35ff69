/** Parsing of libFuzzer's output. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRun, runLines } from './fuzz-report.mjs';

const status = [
  'INFO: Running with entropic power schedule (0xFF, 100).',
  '#8\tINITED cov: 1041 ft: 1205 corp: 7/190Kb exec/s: 0 rss: 41Mb',
  '#1024\tNEW    cov: 1100 ft: 1300 corp: 9/200Kb lim: 4096 exec/s: 512 rss: 42Mb L: 20/30 MS: 1 ChangeByte-',
  '#2048\tpulse  cov: 1100 ft: 1300 corp: 9/200Kb lim: 4096 exec/s: 512 rss: 42Mb',
].join('\n');

test('a run without a finding', () => {
  const output = `${status}\nDone 5000 runs in 12 second(s)\nstat::number_of_executed_units: 5000\n`;
  assert.deepEqual(readRun(output), { executions: 5000, seconds: 12, coverage: 1100, features: 1300 });
});

test('a panic is a finding, with its input', () => {
  const output = [
    status,
    "thread '<unnamed>' (7) panicked at rust/tflite/src/model.rs:10:5:",
    'index out of bounds: the len is 0 but the index is 3',
    '==7== ERROR: libFuzzer: deadly signal',
    'Test unit written to /cache/findings/tflite/crash-0a',
  ].join('\n');
  const { executions, finding } = readRun(output);
  assert.equal(executions, 2048);
  assert.deepEqual(finding, {
    cause: 'index out of bounds: the len is 0 but the index is 3',
    file: '/cache/findings/tflite/crash-0a',
  });
});

test('too much memory is a finding', () => {
  const output = `${status}\n==7== ERROR: libFuzzer: out-of-memory (malloc(4294967296))\nTest unit written to oom-1\n`;
  assert.deepEqual(readRun(output).finding, {
    cause: 'libFuzzer: out-of-memory (malloc(4294967296))',
    file: 'oom-1',
  });
});

test('the table has a line for each target', () => {
  const run = { executions: 1_000_000, seconds: 250, coverage: 1100, features: 1300 };
  const lines = runLines([
    { target: 'tflite', ...run },
    { target: 'import', ...run, finding: { cause: 'a panic' } },
  ]);
  assert.equal(lines.length, 3);
  assert.match(lines[1], /^tflite +1,000,000 +250 +4,000 +1,100 +0$/);
  assert.match(lines[2], / 1$/);
});
