/** Counts from real closing lines of each runner. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cargoTally, countsTally, fuzzTally, nodeTally, statusTally, vitestTally } from './tally.mjs';

test('adds up the test binaries of cargo', () => {
  const output = [
    'running 2 tests',
    'test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s',
    'test result: FAILED. 5 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s',
    'test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.00s',
  ].join('\n');
  const { passed, failed, skipped, closing } = cargoTally(output);
  assert.deepEqual([passed, failed, skipped], [7, 3, 5]);
  assert.equal(closing.length, 2, 'a binary without tests has no closing line');
});

test('reads the closing lines of Vitest', () => {
  const output =
    ' Test Files  1 failed | 4 passed (5)\n      Tests  2 failed | 31 passed | 4 skipped (37)\n   Duration  1.20s\n';
  const { passed, failed, skipped, closing } = vitestTally(output);
  assert.deepEqual([passed, failed, skipped], [31, 2, 4]);
  assert.equal(closing.length, 3);
});

test('lists tests that lack a resource, and counts those of the full matrix', () => {
  const output = [
    ' Skipped  live/call.test.ts > a call (firefox): Firefox is missing',
    ' Skipped  sdk/engine.test.ts > on webgpu: runs with npm test -- --full',
    ' Skipped  sdk/engine.test.ts > on webgpu too: runs with npm test -- --full',
    '      Tests  31 passed | 3 skipped (34)',
  ].join('\n');
  const { skipped, closing } = vitestTally(output);
  assert.equal(skipped, 3);
  assert.deepEqual(
    closing.map((line) => line.trim()),
    [
      'Skipped  live/call.test.ts > a call (firefox): Firefox is missing',
      'Skipped  2 tests that run with npm test -- --full',
      'Tests  31 passed | 3 skipped (34)',
    ],
  );
});

test('counts a Vitest file that could not be loaded as failed', () => {
  const { passed, failed } = vitestTally(' Test Files  1 failed (1)\n      Tests  no tests\n');
  assert.deepEqual([passed, failed], [0, 1]);
});

test("reads the summary of Node's runner, as dots and as TAP", () => {
  const spec = 'ℹ tests 5\nℹ suites 0\nℹ pass 4\nℹ fail 1\nℹ cancelled 0\nℹ skipped 2\n';
  const tap = `1..5\n${spec.replaceAll('ℹ', '#')}`;
  for (const output of [spec, tap]) {
    const { passed, failed, skipped, closing } = nodeTally(output);
    assert.deepEqual([passed, failed, skipped], [4, 1, 2]);
    assert.deepEqual(
      closing.map((line) => line.slice(2)),
      ['tests 5', 'pass 4', 'fail 1', 'skipped 2'],
    );
  }
});

test('reads the closing line of our own commands', () => {
  const output = '  ✓ vite: page   25.6 s  6 files\n\n10 passed, 2 failed\n';
  assert.deepEqual(countsTally(output), {
    passed: 10,
    failed: 2,
    skipped: 0,
    closing: ['10 passed, 2 failed'],
  });
  assert.equal(countsTally('1 passed, 0 failed, 3 skipped\n').skipped, 3);
});

test('reads the closing line of the fuzzer, and prints its table', () => {
  const output = [
    '  ✓ fuzz target tflite   12.0 s  20,000 executions',
    '',
    'target  executions  seconds',
    'tflite      20,000       12',
    'import      20,000       10',
    '',
    '1 passed, 1 failed',
    '',
  ].join('\n');
  const { passed, failed, closing } = fuzzTally(output);
  assert.deepEqual([passed, failed], [1, 1]);
  assert.equal(closing.length, 3);
});

test('counts no tests in empty output', () => {
  for (const tally of [cargoTally, countsTally, vitestTally, nodeTally, fuzzTally])
    assert.equal(tally('', true).passed, 0);
  assert.equal(statusTally('', true).passed, 1);
  assert.equal(statusTally('', false).failed, 1);
});
