import { expect, test } from 'vitest';
import { RollingWindow, WINDOW } from '../../../src/worker/metrics/rolling-window.js';

function of(...values: number[]): RollingWindow {
  const window = new RollingWindow();
  for (const value of values) window.push(value);
  return window;
}

test('an empty window has no description', () => {
  expect(new RollingWindow().describe('cpu')).toBeUndefined();
});

test('percentiles are measured values by nearest rank, and the description names the clock', () => {
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

test('old values leave the window one by one after any number of wraps', () => {
  const window = new RollingWindow();
  for (let value = 0; value < 5 * WINDOW + 7; value += 1) window.push(value);
  expect(window.oldest).toBe(4 * WINDOW + 7);
  expect(window.newest).toBe(5 * WINDOW + 6);
  expect(window.describe('cpu')).toMatchObject({ count: WINDOW, last: 5 * WINDOW + 6 });
  expect(window.mean).toBe(4.5 * WINDOW + 6.5);
});
