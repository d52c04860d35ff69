/** The operators' tables, from figures that are made up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderOperators } from './tables.mjs';

const operators = {
  model: 'landscape',
  sumMs: 4,
  wholeMs: 5,
  rows: [
    { index: 0, operator: 'squeeze_excite', ms: 1, fraction: 0.25, gflops: undefined, gbs: 2 },
    { index: 1, operator: 'pointwise', ms: 1, fraction: 0.25, gflops: 4, gbs: 1 },
    { index: 2, operator: 'pointwise', ms: 2, fraction: 0.5, gflops: 1, gbs: 1 },
  ],
};

test('operators are added up, the costliest first', () => {
  const text = renderOperators([operators]).split('\n');
  const at = text.indexOf('| pointwise | 2 | 3.00 | 75.0 % | 2.0 | 1.0 |');
  assert.ok(at > 0);
  assert.equal(text[at + 1], '| squeeze_excite | 1 | 1.00 | 25.0 % |  | 2.0 |');
});
