import { expect, test } from 'vitest';
import { Backoff } from '../../src/shared/backoff.js';

test('three attempts on a level, each after a longer wait, then the next level, then none', () => {
  const recovery = new Backoff(['webgpu', 'webgl']);
  const attempts = Array.from({ length: 7 }, (_, index) => recovery.next(index * 1000));
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

test('what works for a minute is given all attempts again', () => {
  const recovery = new Backoff(['webgpu']);
  for (let failure = 0; failure < 20; failure += 1) {
    expect(recovery.next(failure * 61_000)).toEqual({ candidate: 'webgpu', delay: 0 });
  }
});

test('what is lost again and again within minutes is given up', () => {
  const recovery = new Backoff(['worker']);
  const attempts = [0, 59_000, 118_000, 177_000].map((now) => recovery.next(now));
  expect(attempts.map((attempt) => attempt?.candidate)).toEqual(['worker', 'worker', 'worker', undefined]);
});
