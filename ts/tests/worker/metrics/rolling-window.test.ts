import { expect, test } from 'vitest';
import { RollingWindow, WINDOW } from '../../../src/worker/metrics/rolling-window.js';

function of(...values: number[]): RollingWindow {
  const recent = new RollingWindow();
  for (const value of values) recent.push(value);
  return recent;
}

test('there is nothing to tell of no value', () => {
  expect(new RollingWindow().describe('cpu')).toBeUndefined();
});

test('percentiles are values that were measured, by nearest rank, and the clock is named', () => {
  const falling = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(of(...falling).describe('gpu')).toEqual({
    clock: 'gpu',
    count: 200,
    last: 1,
    mean: 100.5,
    p50: 100,
    p95: 190,
    p99: 198,
  });
  expect(of(7).describe('cpu')).toMatchObject({ count: 1, p50: 7, p95: 7, p99: 7 });
  expect(of(1, 1000).describe('cpu')).toMatchObject({ p50: 1, p95: 1000 });
});

test('old values leave the window one by one, however often it went round', () => {
  const recent = new RollingWindow();
  for (let value = 0; value < 5 * WINDOW + 7; value += 1) recent.push(value);
  expect(recent.oldest).toBe(4 * WINDOW + 7);
  expect(recent.newest).toBe(5 * WINDOW + 6);
  expect(recent.describe('cpu')).toMatchObject({ count: WINDOW, last: 5 * WINDOW + 6 });
  expect(recent.mean).toBe(4.5 * WINDOW + 6.5);
});
