/** Statistics of noisy timings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, quantile, summary, worstDifference } from './statistics.mjs';

test('quantiles are interpolated between the nearest values, in any order', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(quantile([10, 0, 20], 0.95), 19);
  assert.equal(quantile([7], 0.95), 7);
  assert.ok(Number.isNaN(median([])));
});

test('values are sorted as numbers', () => {
  assert.deepEqual(summary([100, 20, 3]), { medianMs: 20, p95Ms: 92, minMs: 3, n: 3 });
});

test('NaN and different lengths are infinitely wrong', () => {
  assert.equal(worstDifference([0, 0.5], [0.25, 0.5]), 0.25);
  assert.equal(worstDifference([Number.NaN, 0], [0, 0]), Number.POSITIVE_INFINITY);
  assert.equal(worstDifference([0], [0, 0]), Number.POSITIVE_INFINITY);
});
