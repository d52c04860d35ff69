import { describe, expect, test } from 'vitest';
import { CycloramaError } from '../../src/shared/errors.js';
import {
  budgetAt,
  completeQuality,
  costBound,
  isSameLevel,
  type Pinned,
  QUALITY_LEVELS,
  type QualityLevel,
  type QualityOptions,
} from '../../src/shared/quality.js';
import { machineOf, meanCost, SOFTWARE_ADAPTER } from '../fakes/simulated-load.js';

const auto = completeQuality({});
const bottom = QUALITY_LEVELS.length - 1;

describe('options', () => {
  test('a quality selects all levels or one of them', () => {
    expect(auto).toEqual({ levels: QUALITY_LEVELS, budget: 0.8 });
    expect(completeQuality({ quality: 'high' }).levels).toEqual([QUALITY_LEVELS[0]]);
    expect(completeQuality({ quality: 'balanced' }).levels).toEqual([QUALITY_LEVELS[2]]);
    expect(completeQuality({ quality: 'low' }).levels).toEqual([QUALITY_LEVELS[bottom]]);
  });

  test('the best level has the default options', () => {
    expect(QUALITY_LEVELS[0]).toEqual({
      model: 'selfie_segmentation_landscape',
      refinement: 'guided',
      framesPerSegmentation: 1,
      outputScale: 1,
    });
  });

  test('a level takes missing settings from the other options, and then from the best level', () => {
    const quality = { framesPerSegmentation: 2, outputScale: 0.5 } as const;
    expect(completeQuality({ quality }).levels).toEqual([{ ...QUALITY_LEVELS[0], ...quality }]);
    const pinned = { model: 'selfie_segmentation', refinement: 'bilateral' } as const;
    expect(completeQuality({ quality }, pinned).levels).toEqual([{ ...pinned, ...quality }]);
    expect(completeQuality({ quality: { ...quality, refinement: 'none' } }, {}).levels[0].refinement).toBe(
      'none',
    );
  });

  test.each<Pinned>([
    { refinement: 'guided' },
    { refinement: 'none' },
    { model: 'selfie_segmentation' },
    { model: new URL('https://example.com/own.tflite'), refinement: 'bilateral' },
  ])('every level has the pinned %j, and no two levels are equal', (pinned) => {
    const { levels } = completeQuality({}, pinned);
    for (const level of levels) expect(level).toMatchObject(pinned);
    const duplicates = levels.filter((level) =>
      levels.some((other) => other !== level && isSameLevel(other, level)),
    );
    expect(duplicates).toEqual([]);
    expect(levels.length).toBe(pinned.refinement ? QUALITY_LEVELS.length - 1 : QUALITY_LEVELS.length);
    expect(completeQuality({ quality: 'low' }, pinned).levels).toEqual([
      { ...QUALITY_LEVELS[bottom], ...pinned },
    ]);
  });

  test('a budget is a fraction of the interval between frames, or milliseconds', () => {
    expect(budgetAt(0.8, 40)).toBeCloseTo(32);
    expect(budgetAt({ milliseconds: 20 }, 40)).toBe(20);
    expect(completeQuality({ budget: 1 }).budget).toBe(1);
    expect(completeQuality({ budget: { milliseconds: 50 } }).budget).toEqual({ milliseconds: 50 });
  });

  test.each<[unknown, RegExp, Pinned?]>([
    [
      { quality: 'best' },
      /^quality is "best": it must be one of "auto", "high", "balanced", "low", or an object/,
    ],
    [{ quality: null }, /^quality is null/],
    [{ quality: 2 }, /^quality is 2/],
    [
      { quality: { model: 'selfie' } },
      /^quality\.model is "selfie": it must be one of "landscape", "general"/,
    ],
    [{ quality: { refinement: 'sharp' } }, /^quality\.refinement is "sharp": it must be one of "guided"/],
    [
      { quality: { framesPerSegmentation: 4 } },
      /^quality\.framesPerSegmentation is 4: it must be one of 1, 2, 3$/,
    ],
    [{ quality: { framesPerSegmentation: '2' } }, /^quality\.framesPerSegmentation is "2"/],
    [{ quality: { outputScale: 0.6 } }, /^quality\.outputScale is 0\.6: it must be one of 1, 0\.75, 0\.5$/],
    [
      { quality: { refinement: 'none' } },
      /^quality\.refinement is "none": it must be omitted, or equal to the option refinement$/,
      { refinement: 'guided' },
    ],
    [
      { quality: { model: 'segm_lite_v681' } },
      /^quality\.model is "segm_lite_v681"/,
      { model: 'selfie_segmentation' },
    ],
    [{ budget: 0 }, /^budget is 0: it must be a number in \(0, 1\] or { milliseconds }$/],
    [{ budget: 20 }, /^budget is 20/],
    [{ budget: Number.NaN }, /^budget is NaN/],
    [{ budget: null }, /^budget is null/],
    [{ budget: '80%' }, /^budget is "80%"/],
    [{ budget: { milliseconds: 0 } }, /^budget\.milliseconds is 0: it must be a number in \(0, 1000\]$/],
    [{ budget: { milliseconds: Number.POSITIVE_INFINITY } }, /^budget\.milliseconds is Infinity/],
    [{ budget: {} }, /^budget\.milliseconds is undefined/],
  ])('%j is rejected', (options, message, pinned = {}) => {
    const check = () => completeQuality(options as QualityOptions, pinned);
    expect(check).toThrow(CycloramaError);
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'option' }));
  });
});

describe('the levels', () => {
  test('each level costs less than the one above on any machine', () => {
    for (const total of [10, 100]) {
      const costs = QUALITY_LEVELS.map((level) => meanCost(machineOf(total), level));
      expect(costs).toEqual(costs.toSorted((a, b) => b - a));
      expect(new Set(costs).size).toBe(QUALITY_LEVELS.length);
    }
  });

  test('no level saves more than its cost bound', () => {
    const [high, second, balanced] = QUALITY_LEVELS as unknown as [QualityLevel, QualityLevel, QualityLevel];
    expect(costBound(high, high, 33)).toBe(1);
    expect(costBound(high, second, 33)).toBe(2);
    expect(costBound(second, balanced, 33)).toBeCloseTo(16 / 9);
    const low = QUALITY_LEVELS[bottom] as QualityLevel;
    expect(costBound(high, low, 33)).toBe(24);
    expect(meanCost(SOFTWARE_ADAPTER, high) / meanCost(SOFTWARE_ADAPTER, low)).toBeLessThan(24);
  });

  test('reusing a matte saves nothing when the matte expires before the next frame', () => {
    const [one, two, three] = ([1, 2, 3] as const).map((framesPerSegmentation) => ({
      ...(QUALITY_LEVELS[0] as QualityLevel),
      framesPerSegmentation,
    })) as [QualityLevel, QualityLevel, QualityLevel];
    expect([60, 30, 24].map((rate) => costBound(two, three, 1000 / rate))).toEqual([1.5, 1.5, 1.5]);
    expect(costBound(two, three, 1000 / 15)).toBe(1);
    expect(costBound(one, two, 1000 / 15)).toBe(2);
    expect(costBound(one, two, 1000 / 10)).toBe(1);
  });
});
