import { describe, expect, test } from 'vitest';
import { FrameWindow } from '../../../src/worker/quality/frame-window.js';

describe('`FrameWindow`', () => {
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

  test('returns nothing until it has frames of two and a half seconds after the warm-up', () => {
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

  test('ignores frames of the warm-up and old frames', () => {
    expect(fill(new FrameWindow(), (frame) => (frame < 16 ? 500 : 9))).toMatchObject({ busy: 9 });
    expect(fill(new FrameWindow(), (frame) => (frame < 120 ? 500 : 9))).toMatchObject({
      busy: 9,
      frames: 74,
    });
  });

  test('averages frames with one matte', () => {
    expect(fill(new FrameWindow(), (frame) => (frame % 3 === 0 ? 40 : 10), undefined, 3)?.busy).toBeCloseTo(
      20,
    );
  });

  test('counts a frame once more for each frame that it dropped', () => {
    const slowThird = (frame: number) => (frame % 3 === 0 ? 90 : 10);
    expect(fill(new FrameWindow(), slowThird)?.busy).toBe(10);
    expect(fill(new FrameWindow(), slowThird, (frame) => (frame % 3 === 0 ? 2 : 0))?.busy).toBe(90);
  });

  test('ignores the longest frame and the frames that it dropped', () => {
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
