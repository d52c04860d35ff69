import { expect } from 'vitest';
import type { Scenarios } from './canvas-track.js';

type Result<Name extends keyof Scenarios> = Awaited<ReturnType<Scenarios[Name]>>;

const nothingOpen = { imagesOpen: 0, workersOpen: 0 };

/** The expected result of each scenario, in every browser. */
export const expectations: { [Name in keyof Scenarios]: [string, (result: Result<Name>) => void] } = {
  shows: [
    'each frame is processed once and shown',
    (result) => {
      expect(result).toMatchObject({
        inOrder: true,
        timestampsRise: true,
        raw: 0,
        atOnce: 1,
        ...nothingOpen,
      });
      expect(result.made).toBeGreaterThan(0.7 * result.painted);
      expect(result.seen).toBeGreaterThan(0.7 * result.made);
    },
  ],
  dropsFrames: [
    'a slow maker receives the newest frames one at a time, and the others are counted',
    (result) => {
      expect(result).toMatchObject({ atOnce: 1, ...nothingOpen });
      expect(result.drops).toBeGreaterThan(result.made);
      expect(result.made + result.drops).toBeLessThanOrEqual(result.painted);
      expect(result.behind).toBeLessThanOrEqual(2);
    },
  ],
  failures: [
    'nothing is shown before the first image, and never the camera',
    (result) => {
      expect(result).toMatchObject({ seenBefore: 0, raw: 0, ...nothingOpen });
      expect(result.asked).toBeGreaterThan(5);
      expect(result.drops).toBeGreaterThanOrEqual(result.asked - 1);
      expect(result.seenAfter).toBeGreaterThan(0);
    },
  ],
  standsStill: [
    'an image that does not change is not processed again',
    (result) => expect(result).toEqual({ made: 1, madeAfter: [0, 1], ...nothingOpen }),
  ],
  followsSize: [
    'the output has the size of its images',
    (result) => expect(result).toEqual({ sizes: ['320x180', '180x320', '640x360'], ...nothingOpen }),
  ],
  ends: [
    'the output ends with its source and with the signal, and the source does not end with it',
    (result) => {
      const ended = { output: 'ended', source: 'ended', events: 'ended', madeBefore: true, madeAfter: 0 };
      expect(result).toEqual({
        stopped: { ...ended, ...nothingOpen },
        takenAway: { ...ended, ...nothingOpen },
        aborted: { ...ended, source: 'live', ...nothingOpen },
        outputStopped: { ...ended, source: 'live', events: '', ...nothingOpen },
      });
    },
  ],
  follows: [
    'the output is muted while its source is',
    (result) =>
      expect(result).toEqual({
        states: [false, true, false],
        events: ['mute', 'unmute', 'ended'],
        ...nothingOpen,
      }),
  ],
  switchedOff: [
    'the output is black while its source is switched off, and nothing is made',
    (result) =>
      expect(result).toEqual({
        colors: ['black', 'an image', 'black', 'an image'],
        madeWhileOff: 0,
        madeWhileOffAgain: 0,
        ...nothingOpen,
      }),
  ],
  transparent: [
    'the output is transparent where its images are transparent',
    ({ left, right }) => {
      expect(Math.abs((left ?? 0) - 128)).toBeLessThan(4);
      expect(right).toBe(0);
    },
  ],
  aborted: [
    'nothing starts for an aborted signal',
    (result) => expect(result).toEqual({ reason: 'enough', workersOpen: 0 }),
  ],
};

/** The scenarios with their expected results, as a list for `test.each`. */
export const cases = Object.entries(expectations).map(([name, [title, check]]) => ({
  name: name as keyof Scenarios,
  title,
  check: check as (result: unknown) => void,
}));
