import { expect, test } from 'vitest';
import { TimingSampler } from '../../../src/worker/metrics/timing-sampler.js';

/** The clocks of frames over ten seconds, 40 ms apart. */
function clocks(sampler: TimingSampler, timestamps: boolean, reused = (_: number) => false): string[] {
  return Array.from({ length: 250 }, (_, frame) => sampler.next(timestamps, reused(frame), frame * 40));
}

test('`off` measures nothing, and `completed` awaits every frame', () => {
  expect(new Set(clocks(new TimingSampler('off'), true))).toEqual(new Set(['cpu']));
  expect(new Set(clocks(new TimingSampler('completed'), true))).toEqual(new Set(['completed']));
});

test.each([
  ['auto', 36],
  ['every', 250],
] as const)('with timestamps no frame is awaited, and %s times %i of 250 frames', (timing, timed) => {
  const chosen = clocks(new TimingSampler(timing), true);
  expect(chosen.filter((clock) => clock === 'gpu')).toHaveLength(timed);
  expect(chosen).not.toContain('completed');
});

test.each([2, 3])('each of %i frames with one matte is timed in turn', (framesPerMatte) => {
  const timed = clocks(new TimingSampler('auto'), true).flatMap((clock, frame) =>
    clock === 'gpu' ? [frame] : [],
  );
  expect(new Set(timed.map((frame) => frame % framesPerMatte)).size).toBe(framesPerMatte);
});

test.each(['auto', 'every'] as const)(
  'without timestamps, %s awaits one segmented frame a second',
  (timing) => {
    const reused = (frame: number) => frame % 3 !== 1;
    const waited = clocks(new TimingSampler(timing), false, reused)
      .map((clock, frame) => (clock === 'completed' ? frame : -1))
      .filter((frame) => frame >= 0);
    expect(waited).toHaveLength(10);
    expect(waited.some(reused)).toBe(false);
  },
);
