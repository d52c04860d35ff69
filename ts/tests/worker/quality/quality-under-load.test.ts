import { describe, expect, test } from 'vitest';
import {
  completeQuality,
  isSameLevel,
  type Pinned,
  QUALITY_LEVELS,
  type Quality,
  type QualityChange,
  type QualityLevel,
} from '../../../src/shared/quality.js';
import { type MeasuredFrame, QualityController } from '../../../src/worker/quality/quality-controller.js';
import {
  type Controller,
  machineOf,
  meanCost,
  type Outcome,
  randomNumbers,
  type Scenario,
  simulate,
} from '../../fakes/simulated-load.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The budget of a frame at 30 frames per second, in milliseconds. */
const BUDGET = 0.8 * (1000 / 30);

const auto = completeQuality({});
const bottom = QUALITY_LEVELS.length - 1;

/** The index of a quality level, from the best. */
function indexOf(level: QualityLevel): number {
  return QUALITY_LEVELS.findIndex((other) => isSameLevel(other, level));
}

/** The index of the best quality level on which frames fit into the budget, or of the last level. */
function rightIndex(scenario: Scenario): number {
  const fitting = QUALITY_LEVELS.findIndex((level) => meanCost(scenario.machine, level) <= BUDGET);
  return fitting < 0 ? bottom : fitting;
}

function run(scenario: Scenario, quality: Quality = auto): Outcome & { level: QualityLevel } {
  const controller = new QualityController(quality);
  return { ...simulate(controller, scenario), level: controller.level };
}

/** The maximum number of changes that ended within a minute. */
function mostInAMinute({ changes }: Outcome): number {
  const within = (start: number) => changes.filter(({ at }) => at >= start && at < start + MINUTE).length;
  return Math.max(0, ...changes.map(({ at }) => within(at)));
}

describe('under load', { timeout: 60_000 }, () => {
  test('a fast machine stays at the best level', () => {
    for (const rate of [15, 24, 30, 60]) {
      const machine = machineOf(0.6 * (1000 / rate));
      const outcome = run({ machine, rate: () => rate, duration: 5 * MINUTE, noise: 0.3, jitter: 0.2 });
      expect(outcome.changes, `${rate} frames per second`).toEqual([]);
    }
  });

  test.each([30, 40, 50, 60, 99, 200])(
    'a machine with %d ms per frame settles at the right level within 12 seconds, and stays for ten minutes',
    (total) => {
      const scenario = { machine: machineOf(total), duration: 10 * MINUTE, noise: 0.1, jitter: 0.1 };
      const { changes, level } = run(scenario);
      expect(indexOf(level)).toBe(rightIndex(scenario));
      expect(changes.map(({ kind }) => kind)).toEqual(changes.map(() => 'too-slow'));
      expect(changes.at(-1)?.at).toBeLessThan(12 * SECOND);
    },
  );

  test('one-second spikes every 20 seconds change nothing', () => {
    const load = (now: number) => (now % (20 * SECOND) > 19 * SECOND ? 6 : 1);
    expect(run({ machine: machineOf(18), duration: 30 * MINUTE, noise: 0.1, load }).changes).toEqual([]);
  });

  test('the level follows load that lasts five minutes, down and up', () => {
    const load = (now: number) => (Math.floor(now / (5 * MINUTE)) % 2 ? 2.5 : 1);
    const { changes } = run({ machine: machineOf(20), duration: 20 * MINUTE, noise: 0.1, load });
    const indexAt = (time: number) =>
      indexOf(changes.findLast(({ at }) => at < time)?.to ?? (QUALITY_LEVELS[0] as QualityLevel));
    expect([5, 10, 15, 20].map((minutes) => indexAt(minutes * MINUTE))).toEqual([0, 3, 0, 3]);
    expect(changes.length).toBe(9);
  });

  test('the level follows load that changes each minute less and less often', () => {
    const load = (now: number) => 1.5 + Math.sin((now / MINUTE) * 2 * Math.PI);
    const outcome = run({ machine: machineOf(20), duration: HOUR, noise: 0.1, load });
    // Three steps down. Then each step up 7 times until the back-off is ten minutes, and once in ten minutes, each with a step down.
    expect(outcome.changes.length).toBeLessThanOrEqual(3 + 2 * 3 * (7 + 6));
    expect(mostInAMinute(outcome)).toBeLessThanOrEqual(7);
    const lastHalf = outcome.changes.filter(({ at }) => at > HOUR / 2);
    expect(lastHalf.length).toBeLessThanOrEqual(2 * 3 * 3);
  });

  const atLimit: Scenario = { machine: machineOf(BUDGET), duration: 10 * MINUTE, noise: 0.3 };

  test('noise at the limit of the budget does not cause oscillation', () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      expect(run({ ...atLimit, seed }).changes.length, `seed ${seed}`).toBeLessThanOrEqual(1);
    }
  });

  test('the same noise causes oscillation without hysteresis', () => {
    const controller = new WithoutHysteresis();
    expect(simulate(controller, atLimit).changes.length).toBeGreaterThan(50);
  });

  test('the level of a machine steps down during thermal throttling, and up after cooling', () => {
    const hot = (minutes: number) => Math.min(Math.max(minutes, 0) * 0.4, 1.2);
    const load = (now: number) => 1 + hot(now / MINUTE - 5) - hot(now / MINUTE - 15);
    const { changes, level } = run({ machine: machineOf(20), duration: 25 * MINUTE, noise: 0.1, load });
    expect(indexOf(level)).toBe(0);
    expect(changes.map(({ kind }) => kind)).toEqual(['too-slow', 'too-slow', 'headroom', 'headroom']);
    expect(changes[0]?.at).toBeGreaterThan(5 * MINUTE);
  });

  test('half the frame rate doubles the budget', () => {
    const rate = (now: number) => (now < 2 * MINUTE ? 30 : 15);
    const { changes, level } = run({ machine: machineOf(40), duration: 10 * MINUTE, noise: 0.1, rate });
    expect(changes.filter(({ at }) => at < 2 * MINUTE).map(({ to }) => indexOf(to))).toEqual([1, 2]);
    expect(indexOf(level)).toBe(0);
  });

  test('the level steps up when frames become smaller', () => {
    const size = (now: number) => (now < MINUTE ? { width: 1280, height: 720 } : { width: 640, height: 360 });
    const load = (now: number) => (now < MINUTE ? 1 : 0.4);
    const { level } = run({ machine: machineOf(40), duration: 5 * MINUTE, noise: 0.1, size, load });
    expect(indexOf(level)).toBe(0);
  });

  test('pinned options stay on every level', () => {
    const pinned: Pinned = { model: 'selfie_segmentation', refinement: 'guided' };
    const { changes, level } = run(
      { machine: machineOf(200), duration: 5 * MINUTE },
      completeQuality({}, pinned),
    );
    for (const { to } of changes) expect(to).toMatchObject(pinned);
    expect(level).toMatchObject({ ...pinned, framesPerSegmentation: 3, outputScale: 0.5 });
  });

  test('changes are few and plausible on any machine and under any load', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = randomNumbers(seed);
      const between = (low: number, high: number) => low + (high - low) * random();
      const [period, swing] = [between(2, 300) * SECOND, between(0, 2)];
      const rate = [15, 24, 30, 60][Math.floor(between(0, 4))] ?? 30;
      const controller = new QualityController(auto);
      const outcome = simulate(controller, {
        machine: {
          fixed: between(0, 10),
          inference: between(1, 40),
          refinement: between(0, 10),
          pixels: between(0, 30),
        },
        duration: 6 * MINUTE,
        rate: () => rate,
        load: (now) => 1 + swing * (random() < 0.01 ? 3 : Math.sin((now / period) * 2 * Math.PI) ** 2),
        noise: between(0, 0.4),
        jitter: between(0, 0.3),
        seed,
      });
      const { changes } = outcome;
      expect(mostInAMinute(outcome), `seed ${seed}`).toBeLessThanOrEqual(7);
      expect(changes.length, `seed ${seed}`).toBeLessThanOrEqual(bottom + 2 * bottom * 6);
      changes.forEach(({ from, to, kind, at }, i) => {
        expect(indexOf(to) > indexOf(from), `seed ${seed}`).toBe(kind === 'too-slow');
        const before = changes[i - 1];
        if (!before) return;
        expect(from).toBe(before.to);
        // A change waits for three seconds of frames on the current level, and for ten more to step up.
        expect(at - before.at).toBeGreaterThanOrEqual(kind === 'too-slow' ? 3 * SECOND : 13 * SECOND);
      });
    }
  });
});

/** Steps up with headroom and down without, by the mean of half a second. */
class WithoutHysteresis implements Controller {
  level = QUALITY_LEVELS[0] as QualityLevel;
  #busy: number[] = [];

  frame({ busy }: MeasuredFrame): QualityChange | undefined {
    this.#busy.push(busy);
    if (this.#busy.length < 15) return undefined;
    const mean = this.#busy.reduce((sum, time) => sum + time, 0) / this.#busy.length;
    this.#busy = [];
    const from = this.level;
    const to = QUALITY_LEVELS[indexOf(from) + (mean > BUDGET ? 1 : -1)];
    if (!to) return undefined;
    this.level = to;
    return { from, to, kind: mean > BUDGET ? 'too-slow' : 'headroom', reason: '' };
  }
}
