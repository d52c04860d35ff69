/** The first frames of an engine select the quality level, so that the far side sees few changes of the resolution. */
import { describe, expect, test } from 'vitest';
import {
  completeQuality,
  expectedCost,
  isSameLevel,
  QUALITY_LEVELS,
  type QualityLevel,
} from '../../../src/shared/quality.js';
import { QualityController } from '../../../src/worker/quality/quality-controller.js';
import {
  CPU,
  type Machine,
  machineOf,
  meanCost,
  type Outcome,
  SOFTWARE_ADAPTER,
  simulate,
} from '../../fakes/simulated-load.js';

const SECOND = 1000;

/** The budget of a frame at 30 frames per second, in milliseconds. */
const BUDGET = 0.8 * (1000 / 30);

const auto = completeQuality({});
const bottom = QUALITY_LEVELS.length - 1;

/** The index of a quality level, from the best. */
function indexOf(level: QualityLevel): number {
  return QUALITY_LEVELS.findIndex((other) => isSameLevel(other, level));
}

/** Ten seconds of a call that starts with unoptimized code, which takes six times as long. */
function start(machine: Machine, { isSlow = false, seed = 1, rate = 30 } = {}): Outcome & { index: number } {
  const controller = new QualityController(auto);
  controller.begin(isSlow);
  const outcome = simulate(controller, {
    machine,
    duration: 10 * SECOND,
    rate: () => rate,
    load: (now) => (now < 0.5 * SECOND ? 6 : 1),
    noise: 0.15,
    jitter: 0.1,
    seed,
  });
  return { ...outcome, index: indexOf(controller.level) };
}

describe.each([
  ['on the CPU', CPU],
  ['on an emulated GPU', SOFTWARE_ADAPTER],
])('%s', (_, proportions) => {
  test.each([9, 15, 30, 40, 50, 75, 120, 300])(
    'a machine with %d ms per frame changes its resolution at most once in ten seconds, within 1.6 seconds or eleven frames',
    (total) => {
      for (let seed = 1; seed <= 5; seed += 1) {
        const { changes, index } = start(machineOf(total, proportions), { seed });
        const resized = changes.filter(({ from, to }) => from.outputScale !== to.outputScale);
        expect(resized.length, `seed ${seed}`).toBeLessThanOrEqual(1);
        expect(resized[0]?.at ?? 0).toBeLessThan(Math.max(1.6 * SECOND, 11 * total));
        const level = QUALITY_LEVELS[index] as QualityLevel;
        // Noise may select a level whose frames take a little longer than the budget.
        const takes = meanCost(machineOf(total, proportions), level);
        expect(takes <= 1.15 * BUDGET || index === bottom, `seed ${seed}: ${takes} ms`).toBe(true);
      }
    },
  );

  test('a machine that is too slow for the best levels skips them', () => {
    const { changes } = start(machineOf(99, proportions));
    expect(changes).toMatchObject([{ kind: 'too-slow', from: QUALITY_LEVELS[0] }]);
    expect(indexOf(changes[0]?.to as QualityLevel)).toBeGreaterThan(2);
    expect(changes[0]?.reason).toMatch(/^first frames .* are the budget \(median of \d+\)$/);
  });

  test('a slow backend starts on the lowest level, and reaches the right one in one step', () => {
    const { changes } = start(machineOf(12, proportions), { isSlow: true });
    expect(changes).toMatchObject([
      { kind: 'headroom', from: QUALITY_LEVELS[bottom], to: QUALITY_LEVELS[0] },
    ]);
    expect(start(machineOf(99, proportions), { isSlow: true }).changes).toEqual([]);
  });

  test('the frame rate decides', () => {
    const machine = machineOf(40, proportions);
    expect(start(machine, { rate: 15 }).changes).toEqual([]);
    expect(start(machine, { rate: 30 }).index).toBeGreaterThan(0);
  });
});

test('without the time of the segmentation, half of a frame counts as segmentation', () => {
  const [best, , balanced] = QUALITY_LEVELS as unknown as [QualityLevel, QualityLevel, QualityLevel];
  const controller = new QualityController(auto);
  controller.begin();
  const frame = { busy: 40, dropped: 0, interval: 1000 / 30, width: 1280, height: 720 };
  const changes = Array.from({ length: 20 }, (_, i) => controller.frame({ ...frame, now: 40 * i }));
  expect(expectedCost({ busy: 40, segmentation: 20 }, best, balanced, 33)).toBeCloseTo(10 + 20 * 0.75 ** 2);
  expect(changes.filter(Boolean)).toMatchObject([{ to: balanced }]);
});

test('an interruption and another engine start the first frames again, another quality ends them', () => {
  const slow = { busy: 60, dropped: 1, interval: 1000 / 30, width: 1280, height: 720 };
  const feed = (controller: QualityController, frames: number, since: number) =>
    Array.from({ length: frames }, (_, i) => controller.frame({ ...slow, now: since + 67 * i })).filter(
      Boolean,
    );
  const controller = new QualityController(auto);
  controller.begin();
  expect(feed(controller, 12, 0)).toEqual([]);
  controller.interrupt();
  expect(feed(controller, 12, 1_000)).toEqual([]);
  controller.begin();
  expect(feed(controller, 15, 2_000)).toHaveLength(1);
  controller.choose(completeQuality({ quality: 'high' }), 4_000);
  controller.choose(auto, 4_000);
  expect(feed(controller, 20, 4_000)).toEqual([]);
});

test('a fixed quality stays', () => {
  const controller = new QualityController(completeQuality({ quality: 'high' }));
  controller.begin(true);
  const outcome = simulate(controller, { machine: machineOf(200), duration: 5 * SECOND });
  expect(outcome.changes).toEqual([]);
  expect(controller.level).toEqual(QUALITY_LEVELS[0]);
});
