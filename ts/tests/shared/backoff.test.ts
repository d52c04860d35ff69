import { expect, test } from 'vitest';
import { Backoff } from '../../src/shared/backoff.js';

test('`Backoff` gives each candidate three attempts with longer delays, and then ends', () => {
  const backoff = new Backoff(['webgpu', 'webgl']);
  const attempts = Array.from({ length: 7 }, (_, index) => backoff.next(index * 1000));
  expect(attempts).toEqual([
    { candidate: 'webgpu', delay: 0 },
    { candidate: 'webgpu', delay: 500 },
    { candidate: 'webgpu', delay: 2_000 },
    { candidate: 'webgl', delay: 0 },
    { candidate: 'webgl', delay: 500 },
    { candidate: 'webgl', delay: 2_000 },
    undefined,
  ]);
});

test('a candidate that works for a minute has all attempts again', () => {
  const backoff = new Backoff(['webgpu']);
  for (let failure = 0; failure < 20; failure += 1) {
    expect(backoff.next(failure * 61_000)).toEqual({ candidate: 'webgpu', delay: 0 });
  }
});

test('attempts end for a candidate that fails again and again within minutes', () => {
  const backoff = new Backoff(['worker']);
  const attempts = [0, 59_000, 118_000, 177_000].map((now) => backoff.next(now));
  expect(attempts.map((attempt) => attempt?.candidate)).toEqual(['worker', 'worker', 'worker', undefined]);
});
