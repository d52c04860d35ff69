/** Comparison of timings that were taken in turns on a machine that is not quiet. */
import { median } from '../../bench/statistics.mjs';

/**
 * How much longer `values` took than `base`, which were measured beside them: the median of the differences, as a share of the
 * median of `base`, and between which shares it lies with a certainty of 95 %. The interval is the sign test's: it takes
 * nothing for granted of how the noise is distributed but that rounds do not depend on one another.
 *
 * @param {readonly number[]} values
 * @param {readonly number[]} base as many.
 */
export function compare(values, base) {
  if (values.length !== base.length || values.length < 6)
    throw new Error('six pairs are the least that tell');
  const differences = values.map((value, index) => value - base[index]).sort((a, b) => a - b);
  const whole = median(base);
  const rank = lowRank(differences.length);
  return {
    share: median(differences) / whole,
    low: differences[rank] / whole,
    high: differences[differences.length - 1 - rank] / whole,
  };
}

/** The rank, from 0, of the lower end: so many of `count` fair coins show heads, or fewer, in 2.5 % of all throws at most. */
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
