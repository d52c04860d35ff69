import { expect, test } from 'vitest';
import {
  backendName,
  checkReport,
  MOST_CHARACTERS,
  parseReport,
  ReportError,
  rowKey,
  rowTitle,
} from '../src/benchmark/report';
import { report, row } from './sample';

test('a report is read as it was written, without unknown fields', () => {
  const written = report([row(), row({ refinement: 'none', error: 'the device was lost' })]);
  expect(parseReport(JSON.stringify(written))).toEqual(written);
  expect(parseReport(JSON.stringify({ ...written, script: 'alert(1)' }))).toEqual(written);
});

test('optional fields of later reports are read', () => {
  const { settings } = report([]);
  const written = report([row({ refused: ['https://example.com/log'] })], {
    settings: { ...settings, seconds: 0, timing: 'completed', worker: false },
    hidden: true,
  });
  expect(parseReport(JSON.stringify(written))).toEqual(written);
});

test('a report of the command line with fewer fields is valid', () => {
  const {
    stages: _stages,
    quality: _quality,
    framesPerSecond: _rate,
    modelSize: _size,
    ...bare
  } = row({ backend: 'wgpu' });
  const native = {
    ...report([]),
    by: 'native',
    machine: { cpu: 'AMD EPYC' },
    source: { kind: 'synthetic' },
    rows: [bare],
  };
  expect(checkReport(native).rows[0]).toEqual({ ...bare, stages: {} });
});

test.each([
  ['<html>', /not JSON/],
  ['[1, 2]', /not a report/],
  ['{"schema": "another/1"}', /not a report/],
  ['{"schema": "cyclorama-benchmark/9"}', /another version/],
  [JSON.stringify({ ...report([]), date: 'yesterday' }), /damaged at "date"/],
  [
    JSON.stringify({ ...report([row()]), rows: [{ ...row(), input: [0, 720] }] }),
    /damaged at "rows\.0\.input\.0"/,
  ],
  [
    JSON.stringify(report([row()])).replace('"median":2,', '"median":"<img src=x onerror=alert(1)>",'),
    /damaged at "rows\.0/,
  ],
  [' '.repeat(MOST_CHARACTERS + 1), /too long/],
])('an invalid report is rejected with a message: %.60s', (text, words) => {
  expect(() => parseReport(text)).toThrow(ReportError);
  expect(() => parseReport(text)).toThrow(words);
});

test('a backend is named by the devices that run the model and the effects', () => {
  expect(backendName(row({ backend: 'webgl' }))).toBe('CPU + WebGL2');
  expect(backendName(row({ backend: 'cpu' }))).toBe('CPU');
  expect(backendName(row({ system: 'tasks-vision', backend: 'webgl', precision: 'f16' }))).toBe('WebGL f16');
  expect(backendName(row({ system: 'litert', backend: 'cpu', threads: 2 }))).toBe('CPU, 2 threads');
  expect(backendName(row({ backend: 'cpu', format: 'i420' }))).toBe('CPU, I420');
});

test('only rows of one configuration have the same key', () => {
  const others = [
    row({ precision: 'f16' }),
    row({ threads: 4 }),
    row({ refinement: 'none' }),
    row({ input: [640, 360] }),
    row({ format: 'rgba' }),
  ];
  expect(new Set([row(), ...others].map(rowKey)).size).toBe(6);
  expect(rowKey(row({ version: '9', ranges: {} }))).toBe(rowKey(row()));
});

test('titles contain what distinguishes rows', () => {
  expect(rowTitle(row())).toBe('selfie_segmentation_landscape · 256x144 · WebGPU f32 · guided · 720p');
  expect(rowTitle(row({ system: 'litert', backend: 'cpu', threads: 2, input: [500, 400] }))).toBe(
    'litert: selfie_segmentation_landscape · 256x144 · CPU, 2 threads · guided · 500x400',
  );
});
