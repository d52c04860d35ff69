import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { caveats, settingsText, toCsv, toMarkdown } from '../src/benchmark/tables';
import { report, row } from './sample';

const unpleasant = 'a "model", with\nlines | pipes <b> and `code`';

test('every figure of every row is a line of the CSV, with any characters in names', () => {
  const lines: Record<string, string>[] = parse(
    toCsv(report([row({ model: unpleasant }), row({ error: '=1+1', stages: {}, ranges: {} })])),
    {
      columns: true,
    },
  );
  const first = lines.filter(({ model }) => model === unpleasant);
  expect(first.map(({ kind, figure, clock }) => [kind, figure, clock])).toEqual([
    ['stage', 'inference', 'cpu'],
    ['stage', 'inference', 'gpu'],
    ['stage', 'composite', 'cpu'],
    ['stage', 'composite', 'gpu'],
    ['range', 'inference', 'gpu'],
    ['range', 'segmentation', 'gpu'],
    ['range', 'frame', 'completed'],
    ['rate', 'framesPerSecond', 'completed'],
    ['quality', 'iou', ''],
    ['quality', 'boundaryF', ''],
  ]);
  expect(first.find(({ figure, clock }) => figure === 'inference' && clock === 'gpu')).toMatchObject({
    median: '2',
    n: '40',
    'input width': '1280',
    'model height': '144',
  });
  expect(lines.find(({ kind }) => kind === 'error')?.note).toBe("'=1+1");
});

/** The tables of a Markdown text: lines of cells. */
function tablesOf(markdown: string): string[][][] {
  return markdown
    .split('\n\n')
    .filter((block) => block.startsWith('|'))
    .map((block) =>
      block.split('\n').map((line) =>
        line
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim()),
      ),
    );
}

test('the lines of Markdown tables have as many cells as their headers, with clocks', () => {
  const text = toMarkdown(report([row({ model: unpleasant }), row({ refinement: 'none' })]));
  const tables = tablesOf(text);
  expect(tables).toHaveLength(3);
  for (const [head, ...lines] of tables) {
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toHaveLength(head?.length ?? 0);
  }
  expect(tables[0]?.[2]).toContain('2.00 ± 0.0400 gpu');
  expect(tables[0]?.[2]).toContain('5.00 ± 0.100 completed');
  expect(text).not.toContain('<b>');
});

test('failures are listed below the tables', () => {
  const text = toMarkdown(report([row(), row({ refinement: 'none', error: 'no f16' })]));
  expect(tablesOf(text)[0]).toHaveLength(3);
  expect(text).toContain('none · 720p failed: no f16');
});

test('a report of a native run is written', () => {
  const { modelSize: _size, quality: _quality, ...bare } = row({ backend: 'wgpu', stages: {} });
  const text = toMarkdown(report([bare], { by: 'native', machine: { cpu: 'AMD EPYC', cores: 2 } }));
  expect(tablesOf(text)).toHaveLength(1);
  expect(text).toContain('native · AMD EPYC · 2 cores');
});

test('blocked requests of an engine are reported', () => {
  const asking = row({ system: 'tasks-vision', refused: ['https://example.com/log'] });
  expect(toMarkdown(report([row(), asking])).match(/requested .*, which was blocked/g)).toEqual([
    'requested https://example.com/log, which was blocked',
  ]);
  expect(toCsv(report([asking]))).toContain('refused,,,,,,,,,https://example.com/log');
});

test('the settings are described as far as the report contains them', () => {
  const { settings } = report([]);
  const all = report([], { settings: { ...settings, seconds: 0.4, timing: 'completed', worker: false } });
  expect(settingsText(all)).toContain(
    'throughput test of 0.4 s in each round; timing: completed; in the page.',
  );
  expect(settingsText(report([]))).toMatch(/after 3 warm-up frames\.$/);
});

test('a warning reports that the page was hidden', () => {
  expect(caveats(report([row()], { hidden: true })).join()).toContain('was hidden');
  expect(toMarkdown(report([row()], { hidden: true }))).toContain('was hidden');
});

test('warnings report a software adapter and different clocks', () => {
  const machine = { adapter: { name: 'SwiftShader', software: true, timestamps: true, f16: false } };
  expect(caveats(report([row()]))).toEqual([]);
  expect(caveats(report([row()], { machine })).join()).toContain('do not show the speed of a GPU');
  const cpu = row({ backend: 'webgl' });
  cpu.ranges.inference = { clock: 'completed', median: 3, mad: 0.1, p5: 2, p95: 4, min: 2, n: 9 };
  expect(caveats(report([row(), cpu])).join()).toContain('The rows use different clocks');
});
