import { describe, expect, test } from 'vitest';
import {
  completeQuality,
  isSameLevel,
  QUALITY_LEVELS,
  type QualityChange,
  type QualityLevel,
} from '../../../src/shared/quality.js';
import { type MeasuredFrame, QualityController } from '../../../src/worker/quality/quality-controller.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const auto = completeQuality({});
const bottom = QUALITY_LEVELS.length - 1;

/** The index of a quality level, from the best. */
function indexOf(level: QualityLevel): number {
  return QUALITY_LEVELS.findIndex((other) => isSameLevel(other, level));
}

/** Feeds frames of one size and rate from `start`, until the controller returns a change or `duration` is over. */
function feed(
  controller: QualityController,
  { start, duration, ...frame }: Partial<MeasuredFrame> & { start: number; duration: number },
): { change: QualityChange | undefined; now: number } {
  const interval = frame.interval ?? 1000 / 30;
  for (let now = start; now < start + duration; now += interval) {
    const change = controller.frame({
      busy: 10,
      dropped: 0,
      width: 1280,
      height: 720,
      ...frame,
      interval,
      now,
    });
    if (change) return { change, now };
  }
  return { change: undefined, now: start + duration };
}

/** A controller that has stepped down from the best level to the next one at `now`. */
function steppedDown(): { controller: QualityController; now: number } {
  const controller = new QualityController(auto);
  const { change, now } = feed(controller, { busy: 40, start: 0, duration: 10 * SECOND });
  if (!change) throw new Error('the controller stayed');
  return { controller, now };
}

describe('the controller', () => {
  test('gives the reason of a change with measurements', () => {
    const { change } = feed(new QualityController(auto), { busy: 40, start: 0, duration: 10 * SECOND });
    expect(change).toMatchObject({ kind: 'too-slow', from: QUALITY_LEVELS[0], to: QUALITY_LEVELS[1] });
    expect(change?.reason).toBe('frames 33.3 ms apart took 40.0 ms, 26.7 are the budget (median of 74)');
  });

  test('steps down within four seconds, to the best level that may fit the budget', () => {
    const slow = feed(new QualityController(auto), { busy: 40, start: 0, duration: 10 * SECOND });
    expect(slow.now).toBeLessThan(4 * SECOND);
    const slower = feed(new QualityController(auto), { busy: 60, start: 0, duration: 10 * SECOND });
    expect(indexOf(slower.change?.to as QualityLevel)).toBe(2);
    const hopeless = feed(new QualityController(auto), {
      busy: 900,
      dropped: 26,
      start: 0,
      duration: 10 * SECOND,
    });
    expect(indexOf(hopeless.change?.to as QualityLevel)).toBe(bottom);
  });

  test('uses the new level when it returns a change', () => {
    const controller = new QualityController(auto);
    const { change } = feed(controller, { busy: 40, start: 0, duration: 10 * SECOND });
    expect(controller.level).toBe(change?.to);
    expect(controller.position).toBe(2);
  });

  test('steps up after ten seconds of headroom, and not earlier', () => {
    const { controller, now } = steppedDown();
    const { change, now: then } = feed(controller, { busy: 10, start: now + 33, duration: MINUTE });
    expect(change).toMatchObject({ kind: 'headroom', to: QUALITY_LEVELS[0] });
    expect(change?.reason).toMatch(
      /^frames 33\.3 ms apart took 10\.0 ms, .*, and 20\.0 ms are expected above$/,
    );
    expect(then - now).toBeGreaterThan(12 * SECOND);
    expect(then - now).toBeLessThan(15 * SECOND);
  });

  test('predicts the cost of the level above from its measurements', () => {
    // 40 ms on the level above took 24 ms here. So 12 ms here predict 20 ms there, and 15 ms predict 25 ms.
    for (const [busy, fits] of [
      [12, true],
      [15, false],
    ] as const) {
      const { controller, now } = steppedDown();
      feed(controller, { busy: 24, start: now + 33, duration: 5 * SECOND });
      const { change } = feed(controller, { busy, start: now + 5033, duration: 5 * MINUTE });
      expect(change?.kind, `${busy} ms`).toBe(fits ? 'headroom' : undefined);
    }
  });

  test('retries the level above after ten minutes, if it has any headroom', () => {
    const { controller, now } = steppedDown();
    const { change, now: then } = feed(controller, { busy: 21, start: now + 33, duration: HOUR });
    expect(change).toMatchObject({ kind: 'retry', to: QUALITY_LEVELS[0] });
    expect(change?.reason).toMatch(/nothing changed for 10 min$/);
    expect((then - now) / MINUTE).toBeCloseTo(10, 0);
    const full = steppedDown();
    expect(feed(full.controller, { busy: 25, start: full.now + 33, duration: HOUR }).change).toBeUndefined();
  });

  test('tries an unmeasured level after a minute of headroom', () => {
    const { controller, now } = steppedDown();
    const { change, now: then } = feed(controller, { busy: 21, width: 640, start: now + 33, duration: HOUR });
    expect(change).toMatchObject({ kind: 'retry', to: QUALITY_LEVELS[0] });
    expect((then - now) / MINUTE).toBeCloseTo(70 / 60, 1);
  });

  test('ignores one long frame, such as a garbage collection', () => {
    const controller = new QualityController(auto);
    const { now } = feed(controller, { start: 0, duration: 10 * SECOND });
    const long = { busy: 5000, dropped: 150, interval: 33, width: 1280, height: 720, now: now + 5000 };
    expect(controller.frame(long)).toBeUndefined();
    expect(feed(controller, { start: now + 5033, duration: 10 * SECOND }).change).toBeUndefined();
  });

  test('ignores frames before a pause or an interruption', () => {
    for (const gap of [33, 5 * SECOND]) {
      const controller = new QualityController(auto);
      const before = feed(controller, { busy: 40, start: 0, duration: 2.9 * SECOND });
      expect(before.change).toBeUndefined();
      if (gap < SECOND) controller.interrupt();
      const start = before.now + gap;
      const { change, now } = feed(controller, { busy: 40, start, duration: 10 * SECOND });
      expect(change?.kind).toBe('too-slow');
      expect(now - start).toBeGreaterThan(3 * SECOND);
    }
  });

  test('discards its measurements when the frame size or rate changes', () => {
    const changed: Partial<MeasuredFrame>[] = [
      { width: 640, height: 360 },
      { interval: 1000 / 25, busy: 15 },
    ];
    for (const frame of changed) {
      const { controller, now } = steppedDown();
      // By the measurements of 24 and 40 ms, 12 ms would step up.
      feed(controller, { busy: 24, start: now + 33, duration: 5 * SECOND });
      const start = now + 5033;
      const { change } = feed(controller, { busy: 13, ...frame, start, duration: MINUTE });
      expect(change, JSON.stringify(frame)).toBeUndefined();
    }
    const { controller, now } = steppedDown();
    feed(controller, { busy: 24, start: now + 33, duration: 5 * SECOND });
    expect(feed(controller, { busy: 13, start: now + 5033, duration: MINUTE }).change?.kind).toBe('headroom');
  });

  test('ignores frames with invalid measurements', () => {
    const controller = new QualityController(auto);
    const numbers = { interval: Number.NaN, busy: 40 };
    expect(feed(controller, { ...numbers, start: 0, duration: MINUTE }).change).toBeUndefined();
    const frame = { interval: 33, dropped: 0, width: 1280, height: 720 };
    for (let now = 0; now < MINUTE; now += 33) {
      expect(controller.frame({ ...frame, busy: Number.NaN, now })).toBeUndefined();
      expect(controller.frame({ ...frame, busy: 40, interval: 0, now })).toBeUndefined();
    }
  });
});

describe('a chosen quality', () => {
  test('takes effect at once, and then stays', () => {
    const controller = new QualityController(auto);
    const change = controller.choose(completeQuality({ quality: 'balanced' }), 0);
    expect(change).toMatchObject({ kind: 'chosen', from: QUALITY_LEVELS[0], to: QUALITY_LEVELS[2] });
    expect(indexOf(controller.level)).toBe(2);
    expect(feed(controller, { busy: 80, dropped: 2, start: 0, duration: MINUTE }).change).toBeUndefined();
  });

  test('of `auto` continues from the current level', () => {
    const controller = new QualityController(completeQuality({ quality: 'balanced' }));
    expect(controller.choose(auto, 0)).toBeUndefined();
    expect(indexOf(controller.level)).toBe(2);
    const { change } = feed(controller, { busy: 40, start: 0, duration: 10 * SECOND });
    expect(change).toMatchObject({ kind: 'too-slow', from: QUALITY_LEVELS[2], to: QUALITY_LEVELS[3] });
  });

  test('replaces an earlier choice', () => {
    const { controller, now } = steppedDown();
    for (const [quality, to] of [
      ['low', bottom],
      ['high', 0],
    ] as const) {
      const { level: from } = controller;
      const change = controller.choose(completeQuality({ quality }), now);
      expect(change).toMatchObject({ kind: 'chosen', from, to: QUALITY_LEVELS[to] });
      expect(indexOf(controller.level)).toBe(to);
    }
  });
});
