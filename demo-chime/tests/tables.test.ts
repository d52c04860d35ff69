import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { caveats, settingsText, toCsv, toMarkdown } from '../src/benchmark/tables';
import { report, row } from './sample';

const unpleasant = 'a "model", with\nlines | pipes <b> and `code`';

test('every figure of every row is a line of the CSV, whatever a name has in it', () => {
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

test('tables of Markdown have as many cells in each line as their head, with clocks', () => {
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

test('failures are told beneath the tables', () => {
  const text = toMarkdown(report([row(), row({ refinement: 'none', error: 'no f16' })]));
  expect(tablesOf(text)[0]).toHaveLength(3);
  expect(text).toContain('none · 720p failed: no f16');
});

test('a report of a native run is written as well', () => {
  const { modelSize: _size, quality: _quality, ...bare } = row({ backend: 'wgpu', stages: {} });
  const text = toMarkdown(report([bare], { by: 'native', machine: { cpu: 'AMD EPYC', cores: 2 } }));
  expect(tablesOf(text)).toHaveLength(1);
  expect(text).toContain('native · AMD EPYC · 2 cores');
});

test('what a system asked for elsewhere is told of', () => {
  const asking = row({ system: 'tasks-vision', refused: ['https://example.com/log'] });
  expect(toMarkdown(report([row(), asking])).match(/asked for .* and was refused/g)).toEqual([
    'asked for https://example.com/log and was refused',
  ]);
  expect(toCsv(report([asking]))).toContain('refused,,,,,,,,,https://example.com/log');
});

test('it is said how it was measured, as far as the report tells', () => {
  const { settings } = report([]);
  const all = report([], { settings: { ...settings, seconds: 0.4, timing: 'completed', worker: false } });
  expect(settingsText(all)).toContain('0.4 s without a pause in each round; timing: completed; in the page.');
  expect(settingsText(report([]))).toMatch(/after 3 to warm up\.$/);
});

test('a run that was out of sight is told of', () => {
  expect(caveats(report([row()], { hidden: true })).join()).toContain('out of sight');
  expect(toMarkdown(report([row()], { hidden: true }))).toContain('out of sight');
});

test('it is said what a software adapter cannot tell, and where clocks differ', () => {
  const machine = { adapter: { name: 'SwiftShader', software: true, timestamps: true, f16: false } };
  expect(caveats(report([row()]))).toEqual([]);
  expect(caveats(report([row()], { machine })).join()).toContain('neither how fast a graphics card is');
  const cpu = row({ backend: 'webgl' });
  cpu.ranges.inference = { clock: 'completed', median: 3, mad: 0.1, p5: 2, p95: 4, min: 2, n: 9 };
  expect(caveats(report([row(), cpu])).join()).toContain('Not all rows have one clock');
});
