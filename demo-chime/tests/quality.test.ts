import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { compare, initSync } from '../wasm/cyclorama_quality';

beforeAll(async () => {
  initSync({ module: await readFile(new URL('../wasm/cyclorama_quality_bg.wasm', import.meta.url)) });
});

/** Compares masks that are drawn with `#` for the person. */
function compared(found: string[], truth: string[]) {
  const levels = (rows: string[]) =>
    Uint8Array.from(rows.join(''), (character) => (character === '#' ? 255 : 0));
  const agreement = compare(found[0]?.length ?? 0, found.length, levels(found), levels(truth));
  return [agreement.iou, agreement.boundaryF];
}

// The masks and results of the tests in rust/quality, at a tolerance of one pixel.
test('the page evaluates masks like the command line', () => {
  expect(compared(['##.'], ['.##'])[0]).toBe(1 / 3);
  expect(compared(['#....###', '#....###'], ['#.......', '#.......'])[1]).toBe(2 / 3);
  expect(compared(['....', '....'], ['##..', '##..'])).toEqual([0, 0]);
  expect(compared(['....'], ['....'])).toEqual([1, 1]);
});

test('a pixel belongs to the person from one half on', () => {
  const [half, truth] = [Uint8Array.of(127, 128), Uint8Array.of(0, 255)];
  expect(compare(2, 1, half, truth).iou).toBe(1);
});

test('masks of different sizes are rejected with a message', () => {
  expect(() => compare(2, 2, new Uint8Array(3), new Uint8Array(4))).toThrow(/needs one level per pixel/);
});
