/** What a camera's rate and a clock that jumps do to what is decided by them. */
import { describe, expect, test } from 'vitest';
import { FrameRateEstimator } from '../src/shared/frame-rate-estimator.js';
import { completeQuality } from '../src/shared/quality.js';
import { QualityController } from '../src/worker/quality/quality-controller.js';
import { type Controller, machineOf, simulate } from './simulated-load.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** A controller that knows the time between frames as the pipeline does: from the frames themselves. */
function withCadence(controller: QualityController): Controller {
  const cadence = new FrameRateEstimator();
  return {
    get level() {
      return controller.level;
    },
    frame(frame) {
      cadence.arrive((frame.now - frame.busy) * 1000);
      return controller.frame({ ...frame, interval: cadence.interval ?? Number.NaN });
    },
  };
}

describe('a camera of 30, then 15, then 30 frames a second', () => {
  const rate = (now: number) => (Math.floor(now / (20 * SECOND)) % 2 === 0 ? 30 : 15);

  test('has its interval known again after 30 frames, which never leaves what the two rates are', () => {
    const cadence = new FrameRateEstimator();
    let now = 0;
    for (const [step, frames] of [
      [1000 / 30, 60],
      [1000 / 15, 30],
      [1000 / 30, 30],
    ] as const) {
      for (let frame = 0; frame < frames; frame += 1) {
        now += step;
        cadence.arrive(now * 1000);
        if (!cadence.interval) continue;
        expect(cadence.interval).toBeGreaterThan(1000 / 30 - 0.01);
        expect(cadence.interval).toBeLessThan(1000 / 15 + 0.01);
      }
      expect(Math.abs((cadence.interval ?? 0) / step - 1)).toBeLessThan(0.06);
    }
  });

  test('leaves the quality alone where frames fit at both', () => {
    const controller = new QualityController(completeQuality({}));
    const machine = machineOf(0.6 * (1000 / 30));
    const outcome = simulate(withCadence(controller), {
      machine,
      rate,
      duration: 200 * SECOND,
      noise: 0.2,
      jitter: 0.1,
    });
    expect(outcome.changes).toEqual([]);
  });

  test('changes the quality once with each change of the rate where frames fit at one alone', () => {
    const controller = new QualityController(completeQuality({}));
    const periods = 5;
    const outcome = simulate(withCadence(controller), {
      machine: machineOf(0.6 * (1000 / 15)),
      rate,
      duration: periods * 40 * SECOND,
      noise: 0.1,
    });
    const perHalf = (half: number) =>
      outcome.changes.filter(({ at }) => Math.floor(at / (20 * SECOND)) === half);
    // The first one finds out what the machine is.
    for (let half = 1; half < 2 * periods; half += 1) {
      expect(perHalf(half).map(({ kind }) => kind)).toEqual([half % 2 === 0 ? 'too-slow' : 'headroom']);
    }
  });
});

describe('a clock that jumps an hour while a frame is made', () => {
  test('says nothing about the time between frames', () => {
    const cadence = new FrameRateEstimator();
    let now = 0;
    for (const jump of [0, 0, HOUR, 0, -HOUR, 0]) {
      now += jump + 33;
      cadence.arrive(now * 1000);
    }
    expect(cadence.interval).toBeCloseTo(33);
  });

  test('says nothing about how long frames take', () => {
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
