import { expect, test } from 'vitest';
import { FrameRateEstimator } from '../../src/shared/frame-rate-estimator.js';

test('the interval is known from the second frame, and follows changes', () => {
  const estimator = new FrameRateEstimator();
  estimator.arrive(0);
  expect(estimator.interval).toBeUndefined();
  estimator.arrive(40_000);
  expect(estimator.interval).toBe(40);
  for (let frame = 1; frame <= 100; frame += 1) estimator.arrive(40_000 + frame * 20_000);
  expect(estimator.interval).toBeCloseTo(20);
});

test('a pause, a clock that goes back and one that stands still do not change the interval', () => {
  const estimator = new FrameRateEstimator();
  for (const time of [0, 33_000, 9_000_000, 0, 0, 33_000]) estimator.arrive(time);
  expect(estimator.interval).toBe(33);
});
