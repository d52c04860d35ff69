import { expect, test } from 'vitest';
import { Sampling } from '../src/sampling.js';

/** The clocks of ten seconds of frames, 40 ms apart. */
function clocks(sampling: Sampling, timestamps: boolean, reused = (_: number) => false): string[] {
  return Array.from({ length: 250 }, (_, frame) => sampling.next(timestamps, reused(frame), frame * 40));
}

test('what is off measures nothing, and what waits waits always', () => {
  expect(new Set(clocks(new Sampling('off'), true))).toEqual(new Set(['cpu']));
  expect(new Set(clocks(new Sampling('completed'), true))).toEqual(new Set(['completed']));
});

test('with timestamps nothing is ever waited for', () => {
  const chosen = clocks(new Sampling('auto'), true);
  expect(chosen).toContain('gpu');
  expect(chosen).not.toContain('completed');
});

test('without timestamps one frame a second is waited for, and one that a mask is made of', () => {
  const reused = (frame: number) => frame % 3 !== 1;
  const waited = clocks(new Sampling('auto'), false, reused)
    .map((clock, frame) => (clock === 'completed' ? frame : -1))
    .filter((frame) => frame >= 0);
  expect(waited).toHaveLength(10);
  expect(waited.some(reused)).toBe(false);
});
