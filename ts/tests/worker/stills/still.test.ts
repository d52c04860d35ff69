import { describe, expect, test } from 'vitest';
import { CycloramaError } from '../../../src/index.js';
import { checkSegmenterOptions, checkSegmentOptions } from '../../../src/page/stills/options.js';
import { invertStep, MaskAverage } from '../../../src/worker/stills/mask.js';
import { findPeople } from '../../../src/worker/stills/regions.js';

const SIZE = { width: 128, height: 64 };
const PHOTO = { width: 1280, height: 640 };

/** A mask of {@link SIZE} with people as rectangles: left, top, width, height. */
function mask(...people: [number, number, number, number][]): Uint8Array {
  const values = new Uint8Array(SIZE.width * SIZE.height);
  for (const [left, top, width, height] of people) {
    for (let y = top; y < top + height; y += 1)
      values.fill(255, y * SIZE.width + left, y * SIZE.width + left + width);
  }
  return values;
}

describe('`findPeople`', () => {
  test('returns regions with a margin, clipped to the photo', () => {
    expect(findPeople(mask([20, 24, 20, 40]), SIZE, PHOTO)).toEqual([
      [
        { left: 100, top: 140, width: 400, height: 500 },
        { left: 0, top: 40, width: 600, height: 600 },
      ],
    ]);
  });

  test('returns separate people one by one, the largest first', () => {
    const found = findPeople(mask([4, 40, 16, 16], [80, 10, 30, 50]), SIZE, PHOTO);
    expect(found).toHaveLength(2);
    expect(found.map(([close]) => close.left)).toEqual([675, 0]);
  });

  test('ignores specks and faint masks', () => {
    expect(findPeople(mask([10, 10, 6, 3]), SIZE, PHOTO)).toEqual([]);
    expect(
      findPeople(
        mask([20, 24, 20, 40]).map((value) => value / 8),
        SIZE,
        PHOTO,
      ),
    ).toEqual([]);
    expect(findPeople(mask(), SIZE, PHOTO)).toEqual([]);
  });
});

test('passes are averaged inside their region, and the larger of two values counts', () => {
  const size = { width: 4, height: 2 };
  const whole = new Uint8Array(8);
  const first = new MaskAverage({ left: 1, top: 0, width: 3, height: 2 });
  first.add(Uint8Array.of(200, 100, 0, 0, 0, 100), { left: 1, top: 0, width: 3, height: 2 });
  first.add(Uint8Array.of(100), { left: 2, top: 0, width: 1, height: 1 });
  first.mergeInto(whole, size);
  expect([...whole]).toEqual([0, 100, 100, 0, 0, 0, 0, 50]);
  const second = new MaskAverage({ left: 0, top: 0, width: 2, height: 1 });
  second.add(Uint8Array.of(10, 20), { left: 0, top: 0, width: 2, height: 1 });
  second.mergeInto(whole, size);
  expect([...whole]).toEqual([10, 100, 100, 0, 0, 0, 0, 50]);
});

test('`invertStep` inverts the step of the compositor', () => {
  const every = Uint8Array.from({ length: 256 }, (_, value) => value);
  const restored = Array.from(invertStep(every), (value) => {
    const ramp = Math.min(1, Math.max(0, (value / 255 - 0.2) / 0.7));
    return 255 * ramp * ramp * (3 - 2 * ramp);
  });
  for (const [value, found] of restored.entries()) expect(Math.abs(found - value)).toBeLessThan(2);
  expect([restored[0], restored[255]]).toEqual([0, 255]);
});

test('options have their documented defaults, and errors name wrong ones', () => {
  expect(checkSegmenterOptions({})).toEqual({
    model: 'selfie_segmentation_landscape',
    refinement: 'guided',
    assetBase: undefined,
    backend: 'auto',
    worker: undefined,
    precision: 'auto',
    signal: undefined,
  });
  expect(checkSegmentOptions({})).toEqual({
    outputs: ['cutout'],
    effect: { options: { kind: 'blur' }, parsed: { kind: 'blur', radius: 16 } },
    detail: 'high',
    signal: undefined,
  });
  expect(checkSegmentOptions({ output: ['mask', 'mask', 'cutout'] }).outputs).toEqual(['mask', 'cutout']);
  for (const [check, word] of [
    [() => checkSegmenterOptions(3 as never), 'options is 3'],
    [() => checkSegmenterOptions({ refinement: 'sharp' as never }), 'refinement is "sharp"'],
    [() => checkSegmenterOptions({ worker: 1 as never }), 'worker is 1'],
    [() => checkSegmentOptions({ output: [] }), 'output is'],
    [
      () => checkSegmentOptions({ effect: { kind: 'video', source: '/a.webm' } as never }),
      'effect.kind is "video"',
    ],
    [() => checkSegmentOptions({ signal: 3 as never }), 'signal is 3'],
  ] as const) {
    expect(check).toThrow(CycloramaError);
    expect(check).toThrow(word);
  }
});
