import { describe, expect, test } from 'vitest';
import { CycloramaError } from '../src/errors.js';
import {
  budgetAt,
  completeQuality,
  costBound,
  LADDER,
  type Pinned,
  type QualityOptions,
  type Rung,
  sameRung,
} from '../src/quality.js';
import { machineOf, meanCost, SOFTWARE_ADAPTER } from './simulated-load.js';

const auto = completeQuality({});
const bottom = LADDER.length - 1;

describe('options', () => {
  test('a quality is the whole ladder, or one rung of it', () => {
    expect(auto).toEqual({ ladder: LADDER, budget: 0.8 });
    expect(completeQuality({ quality: 'high' }).ladder).toEqual([LADDER[0]]);
    expect(completeQuality({ quality: 'balanced' }).ladder).toEqual([LADDER[2]]);
    expect(completeQuality({ quality: 'low' }).ladder).toEqual([LADDER[bottom]]);
  });

  test('the best rung is what is done by default', () => {
    expect(LADDER[0]).toEqual({
      model: 'selfie_segmentation_landscape',
      refinement: 'guided',
      framesPerSegmentation: 1,
      effectScale: 1,
    });
  });

  test('a rung takes what it leaves out from the options beside it, and then from the best', () => {
    const quality = { framesPerSegmentation: 2, effectScale: 0.5 } as const;
    expect(completeQuality({ quality }).ladder).toEqual([{ ...LADDER[0], ...quality }]);
    const pinned = { model: 'selfie_segmentation', refinement: 'bilateral' } as const;
    expect(completeQuality({ quality }, pinned).ladder).toEqual([{ ...pinned, ...quality }]);
    expect(completeQuality({ quality: { ...quality, refinement: 'none' } }, {}).ladder[0].refinement).toBe(
      'none',
    );
  });

  test.each<Pinned>([
    { refinement: 'guided' },
    { refinement: 'none' },
    { model: 'selfie_segmentation' },
    { model: new URL('https://example.com/own.tflite'), refinement: 'bilateral' },
  ])('what %j pins is on every rung, and no two rungs are alike', (pinned) => {
    const { ladder } = completeQuality({}, pinned);
    for (const rung of ladder) expect(rung).toMatchObject(pinned);
    const alike = ladder.filter((rung) => ladder.some((other) => other !== rung && sameRung(other, rung)));
    expect(alike).toEqual([]);
    expect(ladder.length).toBe(pinned.refinement ? LADDER.length - 1 : LADDER.length);
    expect(completeQuality({ quality: 'low' }, pinned).ladder).toEqual([{ ...LADDER[bottom], ...pinned }]);
  });

  test('a budget is a share of the time between two frames, or milliseconds', () => {
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
    [{ quality: { effectScale: 0.6 } }, /^quality\.effectScale is 0\.6: it must be one of 1, 0\.75, 0\.5$/],
    [
      { quality: { refinement: 'none' } },
      /^quality\.refinement is "none": it must be left out where the option refinement says another$/,
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
  ])('%j is refused', (options, message, pinned = {}) => {
    const check = () => completeQuality(options as QualityOptions, pinned);
    expect(check).toThrow(CycloramaError);
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'option' }));
  });
});

describe('the ladder', () => {
  test('each rung is less work than the one above, on any machine', () => {
    for (const total of [10, 100]) {
      const costs = LADDER.map((rung) => meanCost(machineOf(total), rung));
      expect(costs).toEqual(costs.toSorted((a, b) => b - a));
      expect(new Set(costs).size).toBe(LADDER.length);
    }
  });

  test('no rung saves more than its bound', () => {
    const [high, second, balanced] = LADDER as unknown as [Rung, Rung, Rung];
    expect(costBound(high, high, 33)).toBe(1);
    expect(costBound(high, second, 33)).toBe(2);
    expect(costBound(second, balanced, 33)).toBeCloseTo(16 / 9);
    const low = LADDER[bottom] as Rung;
    expect(costBound(high, low, 33)).toBe(24);
    expect(meanCost(SOFTWARE_ADAPTER, high) / meanCost(SOFTWARE_ADAPTER, low)).toBeLessThan(24);
  });

  test('a matte that would be too old by its third or second frame saves nothing', () => {
    const [one, two, three] = ([1, 2, 3] as const).map((framesPerSegmentation) => ({
      ...(LADDER[0] as Rung),
      framesPerSegmentation,
    })) as [Rung, Rung, Rung];
    expect([60, 30, 24].map((rate) => costBound(two, three, 1000 / rate))).toEqual([1.5, 1.5, 1.5]);
    expect(costBound(two, three, 1000 / 15)).toBe(1);
    expect(costBound(one, two, 1000 / 15)).toBe(2);
    expect(costBound(one, two, 1000 / 10)).toBe(1);
  });
});
