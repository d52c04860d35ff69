/** Compares timings that were measured in turns on a machine with other load. */
import { median } from '../../bench/statistics.mjs';

/**
 * The relative difference of `values` from `base`, which were measured in the same rounds: the median of the paired
 * differences as a fraction of the median of `base`, with its 95 % confidence interval. The interval is that of the sign
 * test, which assumes independent rounds but no distribution of the noise.
 *
 * @param {readonly number[]} values
 * @param {readonly number[]} base of the same length.
 */
export function compare(values, base) {
  if (values.length !== base.length || values.length < 6)
    throw new Error('the comparison needs at least six pairs');
  const differences = values.map((value, index) => value - base[index]).sort((a, b) => a - b);
  const whole = median(base);
  const rank = lowRank(differences.length);
  return {
    fraction: median(differences) / whole,
    low: differences[rank] / whole,
    high: differences[differences.length - 1 - rank] / whole,
  };
}

/**
 * The rank, from 0, of the interval's lower end: the largest k with P(heads <= k) of at most 2.5 % for `count` fair
 * coins.
 */
function lowRank(count) {
  let probability = 0.5 ** count;
  let sum = probability;
  let rank = 0;
  while (sum + (probability * (count - rank)) / (rank + 1) <= 0.025) {
    probability *= (count - rank) / (rank + 1);
    sum += probability;
    rank += 1;
  }
  return rank;
}
