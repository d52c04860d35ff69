/** How the quality reacts to a camera that changes its rate, and to a clock that jumps. */
import { describe, expect, test } from 'vitest';
import { FrameRateEstimator } from '../../../src/shared/frame-rate-estimator.js';
import { completeQuality } from '../../../src/shared/quality.js';
import { QualityController } from '../../../src/worker/quality/quality-controller.js';
import { type Controller, machineOf, simulate } from '../../fakes/simulated-load.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** A controller that estimates the interval from the frames, as the pipeline does. */
function withEstimator(controller: QualityController): Controller {
  const estimator = new FrameRateEstimator();
  return {
    get level() {
      return controller.level;
    },
    frame(frame) {
      estimator.arrive((frame.now - frame.busy) * 1000);
      return controller.frame({ ...frame, interval: estimator.interval ?? Number.NaN });
    },
  };
}

describe('a camera of 30, then 15, then 30 frames a second', () => {
  const rate = (now: number) => (Math.floor(now / (20 * SECOND)) % 2 === 0 ? 30 : 15);

  test('has a correct estimate 30 frames after a change, and the estimate stays between both rates', () => {
    const estimator = new FrameRateEstimator();
    let now = 0;
    for (const [step, frames] of [
      [1000 / 30, 60],
      [1000 / 15, 30],
      [1000 / 30, 30],
    ] as const) {
      for (let frame = 0; frame < frames; frame += 1) {
        now += step;
        estimator.arrive(now * 1000);
        if (!estimator.interval) continue;
        expect(estimator.interval).toBeGreaterThan(1000 / 30 - 0.01);
        expect(estimator.interval).toBeLessThan(1000 / 15 + 0.01);
      }
      expect(Math.abs((estimator.interval ?? 0) / step - 1)).toBeLessThan(0.06);
    }
  });

  test('keeps the quality when frames fit the budget at both rates', () => {
    const controller = new QualityController(completeQuality({}));
    const machine = machineOf(0.6 * (1000 / 30));
    const outcome = simulate(withEstimator(controller), {
      machine,
      rate,
      duration: 200 * SECOND,
      noise: 0.2,
      jitter: 0.1,
    });
    expect(outcome.changes).toEqual([]);
  });

  test('changes the quality once with each change of the rate when frames fit at one rate alone', () => {
    const controller = new QualityController(completeQuality({}));
    const periods = 5;
    const outcome = simulate(withEstimator(controller), {
      machine: machineOf(0.6 * (1000 / 15)),
      rate,
      duration: periods * 40 * SECOND,
      noise: 0.1,
    });
    const perHalf = (half: number) =>
      outcome.changes.filter(({ at }) => Math.floor(at / (20 * SECOND)) === half);
    // The first half measures the machine.
    for (let half = 1; half < 2 * periods; half += 1) {
      expect(perHalf(half).map(({ kind }) => kind)).toEqual([half % 2 === 0 ? 'too-slow' : 'headroom']);
    }
  });
});

describe('a clock that jumps an hour during a frame', () => {
  test('does not change the estimated interval', () => {
    const estimator = new FrameRateEstimator();
    let now = 0;
    for (const jump of [0, 0, HOUR, 0, -HOUR, 0]) {
      now += jump + 33;
      estimator.arrive(now * 1000);
    }
    expect(estimator.interval).toBeCloseTo(33);
  });

  test('does not change the quality', () => {
    const controller = new QualityController(completeQuality({}));
    const frame = { interval: 33, dropped: 0, width: 1280, height: 720 };
    let now = 0;
    for (let count = 0; count < 300; count += 1) {
      const busy = count === 100 ? HOUR : 10;
      now += Math.max(33, busy);
      expect(controller.frame({ ...frame, busy, now })).toBeUndefined();
    }
  });
});
