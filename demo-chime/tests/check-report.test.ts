import { expect, test } from 'vitest';
import {
  pairs,
  type Report,
  type Row,
  SCHEMA,
  settleDeviations,
  summary,
  toMarkdown,
} from '../src/check/report.ts';

const row = (more: Partial<Row>): Row => ({
  group: 'webgl-page',
  id: 'color',
  title: 'Color',
  status: 'passed',
  detail: '',
  took: 1,
  ...more,
});

const deviation = row({
  group: 'quirks',
  id: 'late',
  title: 'Images are the latest',
  place: 'page',
  status: 'deviates',
  shownBy: ['webgl-page/color', 'webgl-page/pause'],
});

test('a deviation fails, is worked around or stays open by the checks that depend on it', () => {
  const settled = (...rows: Row[]) => settleDeviations([deviation, ...rows])[0]?.status;
  expect(settled(row({}), row({ id: 'pause', status: 'failed' }))).toBe('failed');
  expect(settled(row({}), row({ id: 'pause', status: 'not-run' }))).toBe('worked-around');
  expect(settled(row({ status: 'unavailable' }))).toBe('deviates');
  expect(settled(row({ group: 'webgl-worker', status: 'failed' }))).toBe('deviates');
  expect(settled()).toBe('deviates');
});

test('page and worker share a line, and the summary always counts failures', () => {
  const [pair] = pairs([deviation, { ...deviation, place: 'worker', status: 'passed' }]);
  expect([pair?.page?.status, pair?.worker?.status]).toEqual(['deviates', 'passed']);
  expect(summary([row({}), row({ status: 'unavailable' })])).toBe('1 passed, 0 failed, 1 not available.');
});

test('the Markdown escapes what would break its tables', () => {
  const report: Report = {
    schema: SCHEMA,
    date: '2026-01-02T03:04:05.000Z',
    cyclorama: '1.2.3',
    userAgent: 'Browser/1',
    secure: false,
    stopped: true,
    hidden: true,
    rows: [deviation, row({ detail: 'a | b\n<script>', status: 'failed' })],
  };
  const text = toMarkdown(report);
  expect(text).toContain('| Color | failed | a \\| b &lt;script> |');
  expect(text).toContain('| Images are the latest | deviates | – |');
  expect(text).toContain(
    '- Cyclorama 1.2.3, 2026-01-02T03:04:05.000Z\n- Browser/1\n- page without a secure context',
  );
  expect(text).toContain('Stopped before the end');
  expect(text).toContain('ignore the timings');
});
