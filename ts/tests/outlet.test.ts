import { expect, test } from 'vitest';
import { Timeline } from '../src/outlet.js';

test('the times of one camera stay as they are', () => {
  const timeline = new Timeline();
  timeline.begin();
  expect([1_000, 34_000, 70_000].map((time) => timeline.at(time))).toEqual([1_000, 34_000, 70_000]);
});

test('another camera goes on after the last frame of the one before, whatever its clock says', () => {
  const timeline = new Timeline();
  timeline.begin();
  timeline.at(1_000_000);
  timeline.begin();
  const [first, second] = [timeline.at(0), timeline.at(40_000)] as const;
  expect(first).toBeGreaterThan(1_000_000);
  expect(second - first).toBe(40_000);
  timeline.begin();
  expect(timeline.at(9_000_000)).toBe(9_000_000);
});
