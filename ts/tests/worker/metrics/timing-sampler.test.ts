import { expect, test } from 'vitest';
import { TimingSampler } from '../../../src/worker/metrics/timing-sampler.js';

/** The clocks of ten seconds of frames, 40 ms apart. */
function clocks(sampling: TimingSampler, timestamps: boolean, reused = (_: number) => false): string[] {
  return Array.from({ length: 250 }, (_, frame) => sampling.next(timestamps, reused(frame), frame * 40));
}

test('what is off measures nothing, and what waits waits always', () => {
  expect(new Set(clocks(new TimingSampler('off'), true))).toEqual(new Set(['cpu']));
  expect(new Set(clocks(new TimingSampler('completed'), true))).toEqual(new Set(['completed']));
});

test.each([
  ['auto', 36],
  ['every', 250],
] as const)('with timestamps nothing is ever waited for, and %s times %i of 250 frames', (timing, timed) => {
  const chosen = clocks(new TimingSampler(timing), true);
  expect(chosen.filter((clock) => clock === 'gpu')).toHaveLength(timed);
  expect(chosen).not.toContain('completed');
});

test.each([2, 3])('of %i frames that share a matte, each has its turn to be timed', (sharing) => {
  const timed = clocks(new TimingSampler('auto'), true).flatMap((clock, frame) =>
    clock === 'gpu' ? [frame] : [],
  );
  expect(new Set(timed.map((frame) => frame % sharing)).size).toBe(sharing);
});

test.each(['auto', 'every'] as const)(
  'without timestamps %s waits for one frame a second, and one that a mask is made of',
  (timing) => {
    const reused = (frame: number) => frame % 3 !== 1;
    const waited = clocks(new TimingSampler(timing), false, reused)
      .map((clock, frame) => (clock === 'completed' ? frame : -1))
      .filter((frame) => frame >= 0);
    expect(waited).toHaveLength(10);
    expect(waited.some(reused)).toBe(false);
  },
);
