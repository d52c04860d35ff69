import { expect, test } from 'vitest';
import { compareReports, comparisonMarkdown, judge } from '../src/benchmark/comparison';
import { figure, report, row } from './sample';

test('a difference is one where notches do not overlap and it is worth the name', () => {
  const before = figure(10, { mad: 0.5, n: 40 });
  expect(judge(before, figure(12, { mad: 0.5 }), false)).toBe('slower');
  expect(judge(before, figure(8, { mad: 0.5 }), false)).toBe('faster');
  expect(judge(before, figure(10.3, { mad: 0.5 }), false)).toBe('no difference shown');
  expect(judge(before, figure(12, { mad: 5 }), false)).toBe('no difference shown');
  expect(judge(figure(10, { mad: 0 }), figure(10.2, { mad: 0 }), false)).toBe('no difference shown');
});

test('of rates more is better', () => {
  expect(judge(figure(30), figure(60), true)).toBe('faster');
  expect(judge(figure(60), figure(30), true)).toBe('slower');
});

test('figures of different clocks are not compared', () => {
  expect(judge(figure(10), figure(90, { clock: 'completed' }), false)).toBe('clocks differ');
});

test('rows are matched by what they are of, and the others are named', () => {
  const slow = row();
  slow.ranges.inference = figure(4);
  const before = report([row(), row({ model: 'gone' }), row({ refinement: 'none', error: 'failed' })]);
  const after = report([slow, row({ model: 'new' })], { machine: { browser: 'Firefox 140' } });
  const { differences, onlyBefore, onlyAfter, warnings } = compareReports(before, after);
  expect(differences.map(({ figure, verdict }) => [figure, verdict])).toEqual([
    ['inference', 'slower'],
    ['segmentation', 'no difference shown'],
    ['frame', 'no difference shown'],
    ['framesPerSecond', 'no difference shown'],
  ]);
  expect(differences[0]?.ratio).toBe(2);
  expect([onlyBefore.length, onlyAfter.length]).toEqual([1, 1]);
  expect(onlyBefore[0]).toContain('gone');
  expect(onlyAfter[0]).toContain('new');
  expect(warnings).toEqual(['Another browser: Chromium 156 before, Firefox 140 after.']);
  expect(comparisonMarkdown(compareReports(before, after))).toContain('| +100 % | slower |');
});
