import { describe, expect, test } from 'vitest';
import { CycloramaError } from '../src/errors.js';
import { FrameWindow } from '../src/frame-window.js';
import {
  budgetAt,
  completeQuality,
  costBound,
  LADDER,
  type Pinned,
  type Quality,
  type QualityOptions,
  type Rung,
  sameRung,
} from '../src/quality.js';
import { type MeasuredFrame, type QualityChange, QualityController } from '../src/quality-controller.js';
import {
  type Controller,
  machineOf,
  meanCost,
  type Outcome,
  randomNumbers,
  type Scenario,
  SOFTWARE_ADAPTER,
  simulate,
} from './simulated-load.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What a frame may take at 30 frames per second. */
const BUDGET = 0.8 * (1000 / 30);

const auto = completeQuality({});
const bottom = LADDER.length - 1;

/** A rung's place on the ladder, counted from the best. */
function place(rung: Rung): number {
  return LADDER.findIndex((other) => sameRung(other, rung));
}

/** The best rung of the ladder on which frames fit into the budget, or the last. */
function rightPlace(scenario: Scenario): number {
  const fitting = LADDER.findIndex((rung) => meanCost(scenario.machine, rung) <= BUDGET);
  return fitting < 0 ? bottom : fitting;
}

function run(scenario: Scenario, quality: Quality = auto): Outcome & { rung: Rung } {
  const controller = new QualityController(quality);
  return { ...simulate(controller, scenario), rung: controller.rung };
}

/** The most changes that ended within a minute. */
function mostInAMinute({ changes }: Outcome): number {
  const within = (start: number) => changes.filter(({ at }) => at >= start && at < start + MINUTE).length;
  return Math.max(0, ...changes.map(({ at }) => within(at)));
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

/** A controller that was too slow on the best rung and has been on the next since `now`. */
function steppedDown(): { controller: QualityController; now: number } {
  const controller = new QualityController(auto);
  const { change, now } = feed(controller, { busy: 40, start: 0, duration: 10 * SECOND });
  if (!change) throw new Error('the controller stayed');
  controller.begin(change);
  controller.done(now);
  return { controller, now };
}

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
      /^quality\.model is "selfie": it must be one of "selfie_segmentation_/,
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

describe('a window of frames', () => {
  const interval = 1000 / 30;

  function fill(
    window: FrameWindow,
    busy: (frame: number) => number,
    dropped = (_frame: number) => 0,
    cycle = 1,
  ) {
    for (let frame = 0; frame < 200; frame += 1) {
      window.add({ busy: busy(frame), dropped: dropped(frame), interval, now: frame * interval }, cycle);
    }
    return window.read(199 * interval);
  }

  test('says nothing before it has seen frames for two and a half seconds after the warm-up', () => {
    const window = new FrameWindow();
    for (let now = 0; now < 3000; now += interval) {
      window.add({ busy: 9, dropped: 0, interval, now }, 1);
      expect(window.read(now)).toBeUndefined();
    }
    window.add({ busy: 9, dropped: 0, interval, now: 3100 }, 1);
    expect(window.read(3100)?.busy).toBe(9);
    window.restart();
    expect(window.read(3100)).toBeUndefined();
  });

  test('frames of the warm-up do not count, and old ones no longer', () => {
    expect(fill(new FrameWindow(), (frame) => (frame < 16 ? 500 : 9))).toMatchObject({ busy: 9 });
    expect(fill(new FrameWindow(), (frame) => (frame < 120 ? 500 : 9))).toMatchObject({
      busy: 9,
      frames: 74,
    });
  });

  test('frames that share a matte count together', () => {
    expect(fill(new FrameWindow(), (frame) => (frame % 3 === 0 ? 40 : 10), undefined, 3)?.busy).toBeCloseTo(
      20,
    );
  });

  test('frames that others had to give way to count for those too', () => {
    const slowThird = (frame: number) => (frame % 3 === 0 ? 90 : 10);
    expect(fill(new FrameWindow(), slowThird)?.busy).toBe(10);
    expect(fill(new FrameWindow(), slowThird, (frame) => (frame % 3 === 0 ? 2 : 0))?.busy).toBe(90);
  });

  test('the longest frame does not count, however many it cost', () => {
    const once = (frame: number) => (frame === 190 ? 1 : 0);
    expect(
      fill(
        new FrameWindow(),
        (frame) => 9 + 4000 * once(frame),
        (frame) => 120 * once(frame),
      ),
    ).toMatchObject({
      busy: 9,
      frames: 74,
    });
  });
});

describe('the controller', () => {
  test('says why, with figures', () => {
    const { change } = feed(new QualityController(auto), { busy: 40, start: 0, duration: 10 * SECOND });
    expect(change).toMatchObject({ kind: 'too-slow', from: LADDER[0], to: LADDER[1] });
    expect(change?.reason).toBe('frames 33.3 ms apart took 40.0 ms, 26.7 are the budget (median of 74)');
  });

  test('goes down within four seconds, and not past what may be enough', () => {
    const slow = feed(new QualityController(auto), { busy: 40, start: 0, duration: 10 * SECOND });
    expect(slow.now).toBeLessThan(4 * SECOND);
    const slower = feed(new QualityController(auto), { busy: 60, start: 0, duration: 10 * SECOND });
    expect(place(slower.change?.to as Rung)).toBe(2);
    const hopeless = feed(new QualityController(auto), {
      busy: 900,
      dropped: 26,
      start: 0,
      duration: 10 * SECOND,
    });
    expect(place(hopeless.change?.to as Rung)).toBe(bottom);
  });

  test('hands out a change until it is begun, and none while it is carried out', () => {
    const controller = new QualityController(auto);
    const { change, now } = feed(controller, { busy: 40, start: 0, duration: 10 * SECOND });
    const again = feed(controller, { busy: 40, start: now + 33, duration: 33 }).change;
    expect(again).toMatchObject({ kind: 'too-slow', to: change?.to });
    controller.begin(again as QualityChange);
    expect(() => controller.begin(again as QualityChange)).toThrow(CycloramaError);
    expect(feed(controller, { busy: 40, start: now + 66, duration: MINUTE }).change).toBeUndefined();
    expect(controller.rung).toBe(change?.from);
    expect(controller.done(now + MINUTE + 66)).toBeUndefined();
    expect(controller.rung).toBe(change?.to);
    expect(() => controller.done(now)).toThrow(CycloramaError);
    expect(() => controller.failed()).toThrow(CycloramaError);
  });

  test('goes up when there is room for ten seconds, and sooner not', () => {
    const { controller, now } = steppedDown();
    const { change, now: then } = feed(controller, { busy: 10, start: now + 33, duration: MINUTE });
    expect(change).toMatchObject({ kind: 'headroom', to: LADDER[0] });
    expect(change?.reason).toMatch(
      /^frames 33\.3 ms apart took 10\.0 ms, .*, and 20\.0 ms are expected above$/,
    );
    expect(then - now).toBeGreaterThan(12 * SECOND);
    expect(then - now).toBeLessThan(15 * SECOND);
  });

  test('what was measured says whether the rung above would fit', () => {
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

  test('measures the rung above anew after ten minutes, if there is any room', () => {
    const { controller, now } = steppedDown();
    const { change, now: then } = feed(controller, { busy: 21, start: now + 33, duration: HOUR });
    expect(change).toMatchObject({ kind: 'retry', to: LADDER[0] });
    expect(change?.reason).toMatch(/nothing changed for 10 min$/);
    expect((then - now) / MINUTE).toBeCloseTo(10, 0);
    const full = steppedDown();
    expect(feed(full.controller, { busy: 25, start: full.now + 33, duration: HOUR }).change).toBeUndefined();
  });

  test('tries a rung of which nothing is known after a minute of room', () => {
    const { controller, now } = steppedDown();
    const { change, now: then } = feed(controller, { busy: 21, width: 640, start: now + 33, duration: HOUR });
    expect(change).toMatchObject({ kind: 'retry', to: LADDER[0] });
    expect((then - now) / MINUTE).toBeCloseTo(70 / 60, 1);
  });

  test('a change that fails is struck out, and what comes below is taken instead', () => {
    const controller = new QualityController(auto);
    const first = feed(controller, { busy: 40, start: 0, duration: 10 * SECOND });
    controller.begin(first.change as QualityChange);
    expect(controller.failed()).toBeUndefined();
    expect(controller.rung).toEqual(LADDER[0]);
    const second = feed(controller, { busy: 40, start: first.now + 33, duration: 10 * SECOND });
    expect(second.change).toMatchObject({ from: LADDER[0], to: LADDER[2] });
  });

  test('with a network that could not be had, all its rungs are struck out, until another quality is chosen', () => {
    const [high, second] = LADDER as unknown as [Rung, Rung];
    const light = { ...second, model: 'segm_lite_v681' } as const;
    const lighter = { ...light, effectScale: 0.5 } as const;
    const quality: Quality = { ladder: [high, light, lighter], budget: 0.8 };
    const controller = new QualityController(quality);
    const { change, now } = feed(controller, { busy: 40, start: 0, duration: 10 * SECOND });
    expect(change?.to).toBe(light);
    controller.begin(change as QualityChange);
    controller.failed();
    expect(feed(controller, { busy: 40, start: now + 33, duration: 10 * MINUTE }).change).toBeUndefined();
    expect(controller.choose(quality)).toBeUndefined();
    expect(feed(controller, { busy: 40, start: now + 10 * MINUTE + 66, duration: MINUTE }).change?.to).toBe(
      light,
    );
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

  test('another size or rate is another load: what was known of the rung above counts no more', () => {
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
  test('is handed out at once, and then stays', () => {
    const controller = new QualityController(auto);
    const change = controller.choose(completeQuality({ quality: 'balanced' }));
    expect(change).toMatchObject({ kind: 'chosen', from: LADDER[0], to: LADDER[2] });
    controller.begin(change as QualityChange);
    expect(controller.done(0)).toBeUndefined();
    expect(place(controller.rung)).toBe(2);
    expect(feed(controller, { busy: 80, dropped: 2, start: 0, duration: MINUTE }).change).toBeUndefined();
  });

  test('of auto goes on from where it is', () => {
    const controller = new QualityController(completeQuality({ quality: 'balanced' }));
    expect(controller.choose(auto)).toBeUndefined();
    expect(place(controller.rung)).toBe(2);
    const { change } = feed(controller, { busy: 40, start: 0, duration: 10 * SECOND });
    expect(change).toMatchObject({ kind: 'too-slow', from: LADDER[2], to: LADDER[3] });
  });

  test('waits for the change that is being carried out, and the last one counts', () => {
    const { controller, now } = steppedDown();
    const { change } = feed(controller, { busy: 40, start: now + 33, duration: 10 * SECOND });
    controller.begin(change as QualityChange);
    expect(controller.choose(completeQuality({ quality: 'high' }))).toBeUndefined();
    expect(controller.choose(completeQuality({ quality: 'low' }))).toBeUndefined();
    const next = controller.done(20 * SECOND);
    expect(next).toMatchObject({ kind: 'chosen', from: LADDER[2], to: LADDER[bottom] });
    controller.begin(next as QualityChange);
    // One that is chosen while another is loaded comes after it.
    expect(controller.choose(completeQuality({ quality: 'high' }))).toBeUndefined();
    const last = controller.done(21 * SECOND);
    expect(last).toMatchObject({ kind: 'chosen', from: LADDER[bottom], to: LADDER[0] });
    controller.begin(last as QualityChange);
    expect(controller.done(22 * SECOND)).toBeUndefined();
    expect(controller.rung).toEqual(LADDER[0]);
  });

  test('that cannot be leaves all as it was', () => {
    const controller = new QualityController(auto);
    const change = controller.choose(completeQuality({ quality: { model: 'segm_full_v679' } }));
    controller.begin(change as QualityChange);
    expect(controller.failed()).toBeUndefined();
    expect(controller.rung).toEqual(LADDER[0]);
    expect(feed(controller, { busy: 40, start: 0, duration: 10 * SECOND }).change?.kind).toBe('too-slow');
  });
});

describe('under load', { timeout: 60_000 }, () => {
  test('a quick machine stays at the best rung', () => {
    for (const rate of [15, 24, 30, 60]) {
      const machine = machineOf(0.6 * (1000 / rate));
      const outcome = run({ machine, rate: () => rate, duration: 5 * MINUTE, noise: 0.3, jitter: 0.2 });
      expect(outcome.changes, `${rate} frames per second`).toEqual([]);
    }
  });

  test.each([30, 40, 50, 60, 99, 200])(
    'a machine of %d ms a frame settles at the right rung within 12 seconds, and stays for ten minutes',
    (total) => {
      const scenario = { machine: machineOf(total), duration: 10 * MINUTE, noise: 0.1, jitter: 0.1 };
      const { changes, rung } = run(scenario);
      expect(place(rung)).toBe(rightPlace(scenario));
      expect(changes.map(({ kind }) => kind)).toEqual(changes.map(() => 'too-slow'));
      expect(changes.at(-1)?.at).toBeLessThan(12 * SECOND);
    },
  );

  test('spikes of a second every 20 seconds change nothing', () => {
    const load = (now: number) => (now % (20 * SECOND) > 19 * SECOND ? 6 : 1);
    expect(run({ machine: machineOf(18), duration: 30 * MINUTE, noise: 0.1, load }).changes).toEqual([]);
  });

  test('load that stays for five minutes and goes again is followed, down and up', () => {
    const load = (now: number) => (Math.floor(now / (5 * MINUTE)) % 2 ? 2.5 : 1);
    const { changes } = run({ machine: machineOf(20), duration: 20 * MINUTE, noise: 0.1, load });
    const placeAt = (time: number) =>
      place(changes.findLast(({ at }) => at < time)?.to ?? (LADDER[0] as Rung));
    expect([5, 10, 15, 20].map((minutes) => placeAt(minutes * MINUTE))).toEqual([0, 3, 0, 3]);
    expect(changes.length).toBe(9);
  });

  test('load that comes and goes each minute is followed less and less', () => {
    const load = (now: number) => 1.5 + Math.sin((now / MINUTE) * 2 * Math.PI);
    const outcome = run({ machine: machineOf(20), duration: HOUR, noise: 0.1, load });
    // Down three rungs, then each up 7 times until the back-off is ten minutes, and once in ten minutes: and down again.
    expect(outcome.changes.length).toBeLessThanOrEqual(3 + 2 * 3 * (7 + 6));
    expect(mostInAMinute(outcome)).toBeLessThanOrEqual(6);
    const lastHalf = outcome.changes.filter(({ at }) => at > HOUR / 2);
    expect(lastHalf.length).toBeLessThanOrEqual(2 * 3 * 3);
  });

  const border: Scenario = { machine: machineOf(BUDGET), duration: 10 * MINUTE, noise: 0.3 };

  test('noise at the border of the budget does not make it waver', () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      expect(run({ ...border, seed }).changes.length, `seed ${seed}`).toBeLessThanOrEqual(1);
    }
  });

  test('without hysteresis the same noise does', () => {
    const wavering = new WithoutHysteresis();
    expect(simulate(wavering, border).changes.length).toBeGreaterThan(50);
  });

  test('a machine that throttles when hot goes down, and up again when it has cooled', () => {
    const hot = (minutes: number) => Math.min(Math.max(minutes, 0) * 0.4, 1.2);
    const load = (now: number) => 1 + hot(now / MINUTE - 5) - hot(now / MINUTE - 15);
    const { changes, rung } = run({ machine: machineOf(20), duration: 25 * MINUTE, noise: 0.1, load });
    expect(place(rung)).toBe(0);
    expect(changes.map(({ kind }) => kind)).toEqual(['too-slow', 'too-slow', 'headroom', 'headroom']);
    expect(changes[0]?.at).toBeGreaterThan(5 * MINUTE);
  });

  test('half the frames a second are twice the budget', () => {
    const rate = (now: number) => (now < 2 * MINUTE ? 30 : 15);
    const { changes, rung } = run({ machine: machineOf(40), duration: 10 * MINUTE, noise: 0.1, rate });
    expect(changes.filter(({ at }) => at < 2 * MINUTE).map(({ to }) => place(to))).toEqual([1, 2]);
    expect(place(rung)).toBe(0);
  });

  test('frames that become smaller are less work', () => {
    const size = (now: number) => (now < MINUTE ? { width: 1280, height: 720 } : { width: 640, height: 360 });
    const load = (now: number) => (now < MINUTE ? 1 : 0.4);
    const { rung } = run({ machine: machineOf(40), duration: 5 * MINUTE, noise: 0.1, size, load });
    expect(place(rung)).toBe(0);
  });

  test('a network that cannot be loaded is tried once in ten minutes of need', () => {
    const [high, second, ...rest] = LADDER as unknown as [Rung, Rung, ...Rung[]];
    const light = { ...second, model: 'segm_lite_v681' } as const;
    const quality: Quality = { ladder: [high, light, second, ...rest], budget: 0.8 };
    const scenario = { machine: machineOf(40), duration: 10 * MINUTE, noise: 0.1, changeTime: 3 * SECOND };
    const fails = (rung: Rung) => rung.model === light.model;
    const { changes, rung } = run({ ...scenario, fails }, quality);
    expect(changes.filter(({ failed }) => failed).map(({ to }) => to)).toEqual([light]);
    expect(place(rung)).toBe(rightPlace(scenario));
  });

  test('a pinned knob stays pinned', () => {
    const pinned: Pinned = { model: 'selfie_segmentation', refinement: 'guided' };
    const { changes, rung } = run(
      { machine: machineOf(200), duration: 5 * MINUTE },
      completeQuality({}, pinned),
    );
    for (const { to } of changes) expect(to).toMatchObject(pinned);
    expect(rung).toMatchObject({ ...pinned, framesPerSegmentation: 3, effectScale: 0.5 });
  });

  test('on any machine, under any load, changes are few and none is unheard of', () => {
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
        changeTime: between(0, 3000),
        fails: () => random() < 0.1,
        seed,
      });
      const { changes } = outcome;
      expect(mostInAMinute(outcome), `seed ${seed}`).toBeLessThanOrEqual(7);
      expect(changes.length, `seed ${seed}`).toBeLessThanOrEqual(bottom + 2 * bottom * 6);
      changes.forEach(({ from, to, kind, at, failed }, i) => {
        expect(place(to) > place(from), `seed ${seed}`).toBe(kind === 'too-slow');
        const before = changes[i - 1];
        if (!before) return;
        expect(from).toBe(before.failed ? before.from : before.to);
        if (before.failed) expect(to).not.toBe(before.to);
        // A change waits for frames of the rung at work: three seconds of them, and ten more to go up.
        expect(at - before.at).toBeGreaterThanOrEqual(kind === 'too-slow' ? 3 * SECOND : 13 * SECOND);
        if (failed) expect(place(controller.rung)).not.toBe(place(to));
      });
    }
  });
});

/** Up where there is room, down where there is none, by the mean of half a second. */
class WithoutHysteresis implements Controller {
  rung = LADDER[0] as Rung;
  #busy: number[] = [];
  #next = this.rung;

  frame({ busy }: MeasuredFrame): QualityChange | undefined {
    this.#busy.push(busy);
    if (this.#busy.length < 15) return undefined;
    const mean = this.#busy.reduce((sum, time) => sum + time, 0) / this.#busy.length;
    this.#busy = [];
    const to = LADDER[place(this.rung) + (mean > BUDGET ? 1 : -1)];
    return to && { from: this.rung, to, kind: mean > BUDGET ? 'too-slow' : 'headroom', reason: '' };
  }

  begin({ to }: QualityChange): void {
    this.#next = to;
  }

  done(): undefined {
    this.rung = this.#next;
    this.#busy = [];
  }

  failed(): undefined {}
}
