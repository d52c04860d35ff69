import { expect, test } from 'vitest';
import { Recovery } from '../src/recovery.js';

test('three attempts on a rung, each after a longer wait, then the next rung, then none', () => {
  const recovery = new Recovery(['webgpu', 'webgl']);
  const attempts = Array.from({ length: 7 }, (_, index) => recovery.next(index * 1000));
  expect(attempts).toEqual([
    { rung: 'webgpu', delay: 0 },
    { rung: 'webgpu', delay: 500 },
    { rung: 'webgpu', delay: 2_000 },
    { rung: 'webgl', delay: 0 },
    { rung: 'webgl', delay: 500 },
    { rung: 'webgl', delay: 2_000 },
    undefined,
  ]);
});

test('what works for a minute is given all attempts again', () => {
  const recovery = new Recovery(['webgpu']);
  for (let failure = 0; failure < 20; failure += 1) {
    expect(recovery.next(failure * 61_000)).toEqual({ rung: 'webgpu', delay: 0 });
  }
});

test('what is lost again and again within minutes is given up', () => {
  const recovery = new Recovery(['worker']);
  const attempts = [0, 59_000, 118_000, 177_000].map((now) => recovery.next(now));
  expect(attempts.map((attempt) => attempt?.rung)).toEqual(['worker', 'worker', 'worker', undefined]);
});
