import { expect, test } from 'vitest';
import { FrameRateEstimator } from '../../src/shared/frame-rate-estimator.js';

test('the time between frames is known from the second one on, and follows a change', () => {
  const cadence = new FrameRateEstimator();
  cadence.arrive(0);
  expect(cadence.interval).toBeUndefined();
  cadence.arrive(40_000);
  expect(cadence.interval).toBe(40);
  for (let frame = 1; frame <= 100; frame += 1) cadence.arrive(40_000 + frame * 20_000);
  expect(cadence.interval).toBeCloseTo(20);
});

test('a pause, a clock that goes back and one that stands still say nothing', () => {
  const cadence = new FrameRateEstimator();
  for (const time of [0, 33_000, 9_000_000, 0, 0, 33_000]) cadence.arrive(time);
  expect(cadence.interval).toBe(33);
});
