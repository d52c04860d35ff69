import { expect } from 'vitest';
import type { scenarios } from './survival-scenarios.js';

type Result<Name extends keyof typeof scenarios> = Awaited<ReturnType<(typeof scenarios)[Name]>>;

/** The expected result of each scenario, in every browser and on each path. */
export const expectations = {
  unplugged(result: Result<'unplugged'>) {
    expect(result).toMatchObject({
      shown: true,
      end: { state: 'ended', ended: 1 },
      isAnother: true,
      state: 'live',
      shownAgain: true,
      errors: [],
    });
    expect(result.contents).not.toContain('camera');
  },
  muted(result: Result<'muted'>) {
    expect(result).toEqual({
      shown: true,
      black: true,
      onlyBlack: true,
      wasMuted: true,
      isMuted: false,
      shownAgain: true,
      events: ['mute', 'unmute'],
      raw: 0,
      errors: [],
    });
  },
  resized(result: Result<'resized'>) {
    expect(result).toEqual({
      shown: [true, true, true, true],
      contents: ['person before blue'],
      hidden: 0,
      failed: 0,
      output: 'live',
      errors: [],
    });
  },
};

/** The names and titles of the scenarios that run in each browser. */
export const titles = {
  unplugged: 'a camera that is unplugged ends the track, and the next one is shown',
  muted: 'a muted camera is black until it is unmuted',
  resized: 'the output follows the size of the camera, with no hidden frame',
} as const;
