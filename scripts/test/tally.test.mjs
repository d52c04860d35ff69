/** The counts read off real closing lines of each runner. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cargoTally, nodeTally, statusTally, vitestTally } from './tally.mjs';

test('adds up the test binaries of cargo', () => {
  const output = [
    'running 2 tests',
    'test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s',
    'test result: FAILED. 5 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s',
    'test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s',
  ].join('\n');
  const { passed, failed, closing } = cargoTally(output);
  assert.deepEqual([passed, failed], [7, 3]);
  assert.equal(closing.length, 2, 'a binary without tests has nothing to say');
});

test('reads Vitest through its colours', () => {
  const output =
    '\x1b[2m Test Files \x1b[22m \x1b[1m\x1b[31m1 failed\x1b[39m\x1b[22m\x1b[2m | \x1b[22m\x1b[1m\x1b[32m4 passed\x1b[39m\x1b[22m (5)\n' +
    '\x1b[2m      Tests \x1b[22m \x1b[1m\x1b[31m2 failed\x1b[39m\x1b[22m\x1b[2m | \x1b[22m\x1b[1m\x1b[32m31 passed\x1b[39m\x1b[22m (33)\n' +
    '\x1b[2m   Duration \x1b[22m 1.20s\n';
  const { passed, failed, closing } = vitestTally(output);
  assert.deepEqual([passed, failed], [31, 2]);
  assert.equal(closing.length, 3);
});

test('counts a Vitest file that could not even be loaded', () => {
  const { passed, failed } = vitestTally(' Test Files  1 failed (1)\n      Tests  no tests\n');
  assert.deepEqual([passed, failed], [0, 1]);
});

test("reads the summary of Node's runner, as dots and as TAP", () => {
  const spec = 'ℹ tests 5\nℹ suites 0\nℹ pass 4\nℹ fail 1\nℹ cancelled 0\n';
  const tap = spec.replaceAll('ℹ', '#');
  for (const output of [spec, tap]) {
    const { passed, failed } = nodeTally(output);
    assert.deepEqual([passed, failed], [4, 1]);
  }
});

test('takes silence for no tests at all', () => {
  for (const tally of [cargoTally, vitestTally, nodeTally]) assert.equal(tally('', true).passed, 0);
  assert.equal(statusTally('', true).passed, 1);
  assert.equal(statusTally('', false).failed, 1);
});
