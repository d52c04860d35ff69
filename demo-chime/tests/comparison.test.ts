import { expect, test } from 'vitest';
import { assess, compareReports, comparisonMarkdown } from '../src/benchmark/comparison';
import { figure, report, row } from './sample';

test('a difference counts if the notches do not overlap and it is large enough', () => {
  const before = figure(10, { mad: 0.5, n: 40 });
  expect(assess(before, figure(12, { mad: 0.5 }), false)).toBe('slower');
  expect(assess(before, figure(8, { mad: 0.5 }), false)).toBe('faster');
  expect(assess(before, figure(10.3, { mad: 0.5 }), false)).toBe('no difference shown');
  expect(assess(before, figure(12, { mad: 5 }), false)).toBe('no difference shown');
  expect(assess(figure(10, { mad: 0 }), figure(10.2, { mad: 0 }), false)).toBe('no difference shown');
});

test('with fewer than five values no difference counts', () => {
  const once = { mad: 0, n: 1 };
  expect(assess(figure(10, once), figure(20, once), false)).toBe('no difference shown');
  expect(assess(figure(10), figure(20, { n: 4 }), false)).toBe('no difference shown');
  expect(assess(figure(10, { mad: 0, n: 5 }), figure(20, { mad: 0, n: 5 }), false)).toBe('slower');
});

test('a rounding step of timestamps is not a difference, but with another clock it may be', () => {
  const [before, after] = [figure(1, { mad: 0 }), figure(1.09, { mad: 0 })];
  expect(assess(before, after, false)).toBe('no difference shown');
  expect(assess(before, figure(1.2, { mad: 0 }), false)).toBe('slower');
  const completed = { clock: 'completed' } as const;
  expect(assess({ ...before, ...completed }, { ...after, ...completed }, false)).toBe('slower');
});

test('warnings name the settings in which two runs differ', () => {
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
    'Both runs used a file. Reports do not contain whether it was the same file.',
    'Different timing: every before, completed after.',
    'Different thread of the engine: a worker before, the page after.',
    'Different throughput test length in seconds: 0.4 before, 2 after.',
    expect.stringContaining('After: The page was hidden'),
  ]);
  // An older report does not contain these settings.
  expect(compareReports(report([]), report([], { settings: after.settings })).warnings).toEqual([]);
});

test('larger rates are better', () => {
  expect(assess(figure(30), figure(60), true)).toBe('faster');
  expect(assess(figure(60), figure(30), true)).toBe('slower');
});

test('figures of different clocks are not compared', () => {
  expect(assess(figure(10), figure(90, { clock: 'completed' }), false)).toBe('clocks differ');
});

test('rows are matched by their configuration, and the others are named', () => {
  const slow = row();
  slow.ranges.inference = figure(4);
  const before = report([row(), row({ model: 'gone' }), row({ refinement: 'none', error: 'failed' })]);
  const after = report([slow, row({ model: 'new' })], { machine: { browser: 'Firefox 140' } });
  const { differences, onlyBefore, onlyAfter, warnings } = compareReports(before, after);
  expect(differences.map(({ figure, assessment }) => [figure, assessment])).toEqual([
    ['inference', 'slower'],
    ['segmentation', 'no difference shown'],
    ['frame', 'no difference shown'],
    ['framesPerSecond', 'no difference shown'],
  ]);
  expect(differences[0]?.ratio).toBe(2);
  expect([onlyBefore.length, onlyAfter.length]).toEqual([1, 1]);
  expect(onlyBefore[0]).toContain('gone');
  expect(onlyAfter[0]).toContain('new');
  expect(warnings).toEqual(['Different browser: Chromium 156 before, Firefox 140 after.']);
  expect(comparisonMarkdown(compareReports(before, after))).toContain('| +100 % | slower |');
});
