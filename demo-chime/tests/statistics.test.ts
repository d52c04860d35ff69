import { expect, test } from 'vitest';
import { figure, medianDeviation, quantile, rateOf } from '../src/benchmark/statistics';

test('quantiles are interpolated between neighbors', () => {
  expect([0, 0.25, 0.5, 1].map((fraction) => quantile([40, 10, 20, 30], fraction))).toEqual([
    10, 17.5, 25, 40,
  ]);
  expect(quantile([], 0.5)).toBeNaN();
});

test('a single outlier changes neither the median nor its deviation', () => {
  expect(figure([3, 1, 2, 2, 900], 'gpu')).toEqual({
    clock: 'gpu',
    median: 2,
    mad: 1,
    p5: 1.2,
    p95: 720.6,
    min: 1,
    n: 5,
  });
  expect(medianDeviation([1, 2, 3])).toBe(medianDeviation([1, 2, 3000]));
});

test('no values have no statistics', () => {
  expect(figure([], 'cpu')).toBeUndefined();
});

test('frames that fill the pipeline do not count in a rate', () => {
  // One frame every 10 ms. The first two did not wait.
  expect(rateOf([0, 1, 10, 20, 30, 40, 50, 60], 3)).toBe(100);
  expect(rateOf([10, 10, 10, 30, 50], 3)).toBe(50);
});
