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

test('of fewer than five values nothing is claimed', () => {
  const once = { mad: 0, n: 1 };
  expect(judge(figure(10, once), figure(20, once), false)).toBe('no difference shown');
  expect(judge(figure(10), figure(20, { n: 4 }), false)).toBe('no difference shown');
  expect(judge(figure(10, { mad: 0, n: 5 }), figure(20, { mad: 0, n: 5 }), false)).toBe('slower');
});

test('a step of the timestamps is no difference; of another clock it may be one', () => {
  const [before, after] = [figure(1, { mad: 0 }), figure(1.09, { mad: 0 })];
  expect(judge(before, after, false)).toBe('no difference shown');
  expect(judge(before, figure(1.2, { mad: 0 }), false)).toBe('slower');
  const completed = { clock: 'completed' } as const;
  expect(judge({ ...before, ...completed }, { ...after, ...completed }, false)).toBe('slower');
});

test('it is told where two runs were not made alike', () => {
  const settings = { rounds: 5, framesPerRound: 8, warmUp: 3 };
  const source = { kind: 'file' } as const;
  const before = report([], {
    settings: { ...settings, timing: 'every', worker: true, seconds: 0.4 },
    source,
  });
  const after = report([], {
    settings: { ...settings, timing: 'completed', worker: false, seconds: 2 },
    source,
    hidden: true,
  });
  expect(compareReports(before, after).warnings).toEqual([
    'Both are of a file, and reports do not tell whether it is the same one.',
    'Another timing: every before, completed after.',
    'Another place of the engine: a worker before, the page after.',
    'Another length of stretches in seconds: 0.4 before, 2 after.',
    expect.stringContaining('After: The page was out of sight'),
  ]);
  // An older report does not say.
  expect(compareReports(report([]), report([], { settings: after.settings })).warnings).toEqual([]);
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
