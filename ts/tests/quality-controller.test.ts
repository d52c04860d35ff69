import { describe, expect, test } from 'vitest';
import {
  completeQuality,
  isSameLevel,
  QUALITY_LEVELS,
  type QualityChange,
  type QualityLevel,
} from '../src/shared/quality.js';
import { type MeasuredFrame, QualityController } from '../src/worker/quality/quality-controller.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const auto = completeQuality({});
const bottom = QUALITY_LEVELS.length - 1;

/** A level's place on the levels, counted from the best. */
function place(level: QualityLevel): number {
  return QUALITY_LEVELS.findIndex((other) => isSameLevel(other, level));
}

/** Frames of one size and rate, from `start` on, until a change is wanted or `duration` is over. */
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

/** A controller that was too slow on the best level and has been on the next since `now`. */
function steppedDown(): { controller: QualityController; now: number } {
  const controller = new QualityController(auto);
  const { change, now } = feed(controller, { busy: 40, start: 0, duration: 10 * SECOND });
  if (!change) throw new Error('the controller stayed');
  return { controller, now };
}

describe('the controller', () => {
  test('says why, with figures', () => {
    const { change } = feed(new QualityController(auto), { busy: 40, start: 0, duration: 10 * SECOND });
    expect(change).toMatchObject({ kind: 'too-slow', from: QUALITY_LEVELS[0], to: QUALITY_LEVELS[1] });
    expect(change?.reason).toBe('frames 33.3 ms apart took 40.0 ms, 26.7 are the budget (median of 74)');
  });

  test('goes down within four seconds, and not past what may be enough', () => {
    const slow = feed(new QualityController(auto), { busy: 40, start: 0, duration: 10 * SECOND });
    expect(slow.now).toBeLessThan(4 * SECOND);
    const slower = feed(new QualityController(auto), { busy: 60, start: 0, duration: 10 * SECOND });
    expect(place(slower.change?.to as QualityLevel)).toBe(2);
    const hopeless = feed(new QualityController(auto), {
      busy: 900,
      dropped: 26,
      start: 0,
      duration: 10 * SECOND,
    });
    expect(place(hopeless.change?.to as QualityLevel)).toBe(bottom);
  });

  test('is on the new level when it returns a change', () => {
    const controller = new QualityController(auto);
    const { change } = feed(controller, { busy: 40, start: 0, duration: 10 * SECOND });
    expect(controller.level).toBe(change?.to);
    expect(controller.position).toBe(2);
  });

  test('goes up when there is room for ten seconds, and sooner not', () => {
    const { controller, now } = steppedDown();
    const { change, now: then } = feed(controller, { busy: 10, start: now + 33, duration: MINUTE });
    expect(change).toMatchObject({ kind: 'headroom', to: QUALITY_LEVELS[0] });
    expect(change?.reason).toMatch(
      /^frames 33\.3 ms apart took 10\.0 ms, .*, and 20\.0 ms are expected above$/,
    );
    expect(then - now).toBeGreaterThan(12 * SECOND);
    expect(then - now).toBeLessThan(15 * SECOND);
  });

  test('what was measured says whether the level above would fit', () => {
    // 40 ms above took 24 here, so that 12 are 20 there, and 15 are 25.
    for (const [busy, goes] of [
      [12, true],
      [15, false],
    ] as const) {
      const { controller, now } = steppedDown();
      feed(controller, { busy: 24, start: now + 33, duration: 5 * SECOND });
      const { change } = feed(controller, { busy, start: now + 5033, duration: 5 * MINUTE });
      expect(change?.kind, `${busy} ms`).toBe(goes ? 'headroom' : undefined);
    }
  });

  test('measures the level above anew after ten minutes, if there is any room', () => {
    const { controller, now } = steppedDown();
    const { change, now: then } = feed(controller, { busy: 21, start: now + 33, duration: HOUR });
    expect(change).toMatchObject({ kind: 'retry', to: QUALITY_LEVELS[0] });
    expect(change?.reason).toMatch(/nothing changed for 10 min$/);
    expect((then - now) / MINUTE).toBeCloseTo(10, 0);
    const full = steppedDown();
    expect(feed(full.controller, { busy: 25, start: full.now + 33, duration: HOUR }).change).toBeUndefined();
  });

  test('tries a level of which nothing is known after a minute of room', () => {
    const { controller, now } = steppedDown();
    const { change, now: then } = feed(controller, { busy: 21, width: 640, start: now + 33, duration: HOUR });
    expect(change).toMatchObject({ kind: 'retry', to: QUALITY_LEVELS[0] });
    expect((then - now) / MINUTE).toBeCloseTo(70 / 60, 1);
  });

  test('one long frame, such as a collection of garbage, is nothing', () => {
    const controller = new QualityController(auto);
    const { now } = feed(controller, { start: 0, duration: 10 * SECOND });
    const long = { busy: 5000, dropped: 150, interval: 33, width: 1280, height: 720, now: now + 5000 };
    expect(controller.frame(long)).toBeUndefined();
    expect(feed(controller, { start: now + 5033, duration: 10 * SECOND }).change).toBeUndefined();
  });

  test('after a pause, or an interruption that was told, nothing of before counts', () => {
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

  test('another size or rate is another load: what was known of the level above counts no more', () => {
    const changed: Partial<MeasuredFrame>[] = [
      { width: 640, height: 360 },
      { interval: 1000 / 25, busy: 15 },
    ];
    for (const frame of changed) {
      const { controller, now } = steppedDown();
      // The same 24 of 40 ms: by what was known, 12 would go up.
      feed(controller, { busy: 24, start: now + 33, duration: 5 * SECOND });
      const start = now + 5033;
      const { change } = feed(controller, { busy: 13, ...frame, start, duration: MINUTE });
      expect(change, JSON.stringify(frame)).toBeUndefined();
    }
    const { controller, now } = steppedDown();
    feed(controller, { busy: 24, start: now + 33, duration: 5 * SECOND });
    expect(feed(controller, { busy: 13, start: now + 5033, duration: MINUTE }).change?.kind).toBe('headroom');
  });

  test('a frame of which too little is known does not count', () => {
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

describe('a choice', () => {
  test('is in force at once, and then stays', () => {
    const controller = new QualityController(auto);
    const change = controller.choose(completeQuality({ quality: 'balanced' }), 0);
    expect(change).toMatchObject({ kind: 'chosen', from: QUALITY_LEVELS[0], to: QUALITY_LEVELS[2] });
    expect(place(controller.level)).toBe(2);
    expect(feed(controller, { busy: 80, dropped: 2, start: 0, duration: MINUTE }).change).toBeUndefined();
  });

  test('of auto goes on from where it is', () => {
    const controller = new QualityController(completeQuality({ quality: 'balanced' }));
    expect(controller.choose(auto, 0)).toBeUndefined();
    expect(place(controller.level)).toBe(2);
    const { change } = feed(controller, { busy: 40, start: 0, duration: 10 * SECOND });
    expect(change).toMatchObject({ kind: 'too-slow', from: QUALITY_LEVELS[2], to: QUALITY_LEVELS[3] });
  });

  test('replaces the one before', () => {
    const { controller, now } = steppedDown();
    for (const [quality, to] of [
      ['low', bottom],
      ['high', 0],
    ] as const) {
      const { level: from } = controller;
      const change = controller.choose(completeQuality({ quality }), now);
      expect(change).toMatchObject({ kind: 'chosen', from, to: QUALITY_LEVELS[to] });
      expect(place(controller.level)).toBe(to);
    }
  });
});
