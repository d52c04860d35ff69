import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from './paired.mjs';

/** Pseudorandom numbers in [0, 1). */
function chance(seed) {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

test('a difference is found under common noise that is ten times as large', () => {
  const random = chance(1);
  const base = Array.from({ length: 100 }, () => 100 + 20 * random());
  const values = base.map((value) => value + 2 + random());
  const { fraction, low, high } = compare(values, base);
  assert.ok(fraction > 0.02 && fraction < 0.026, String(fraction));
  assert.ok(low > 0.018 && high < 0.028, `${low} to ${high}`);
});

test('without a difference, the interval nearly always contains zero', () => {
  let missed = 0;
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = chance(seed * 7919);
    const draw = () => Array.from({ length: 60 }, () => 100 + 10 * random());
    const { low, high } = compare(draw(), draw());
    if (low > 0 || high < 0) missed += 1;
  }
  assert.ok(missed <= 16, `${missed} of 200`);
});

test('the interval is that of the sign test', () => {
  const base = Array.from({ length: 20 }, () => 100);
  const values = base.map((_, index) => 101 + index);
  // The 6th and the 15th of 20.
  assert.deepEqual(compare(values, base), { fraction: 0.105, low: 0.06, high: 0.15 });
  assert.throws(() => compare([1], [1]));
});
