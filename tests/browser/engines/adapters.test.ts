import { expect, test } from 'vitest';
import { chimePolicy, choices, describeEngines } from './each.ts';
import type { EngineName } from './engine.ts';
import type { AdapterReport } from './page/adapters.ts';
import type { Suite } from './page/main.ts';

// Globals of the page.
declare const suite: Suite;

/** How far rounding, and a model that is nearly certain, may change a person, in levels. */
const KEPT = 3;

const [BLUE, GREEN] = [
  [32, 64, 192],
  [10, 92, 54],
] as const;

const engines: EngineName[] = [
  'webkit',
  'chromium',
  'chromium-webgl',
  'firefox',
  'firefox-webgpu',
  'firefox-cpu',
];

describeEngines([...engines, 'webkit-captured'], (visit, name) => {
  // A captured canvas carries the frames of tracks only, so BackgroundTransform behaves the same in this engine.
  if (name !== 'webkit-captured') {
    test('BackgroundTransform shows the person before the right color, from the first frame on', async () => {
      const report = await visit((page) => page.run((backend) => suite.transform(backend), choices[name]));
      expectAll(report);
      expect(report.done, 'its end reaches the reader').toBe(true);
    });
  }

  test('a LiveKit processor shows the person before the right color, from the first frame on', async () => {
    const { trackFrames, afterEffect, sent, state } = await visit((page) =>
      page.run((backend) => suite.livekit(backend), choices[name]),
    );
    expect(trackFrames.filter(({ kind }) => kind === 'leaked' || kind === 'wrong')).toEqual([]);
    expect(afterEffect.length).toBeGreaterThanOrEqual(2);
    for (const { kind, back } of afterEffect) {
      expect(kind).toBe('person');
      expect(distance(back, GREEN)).toBeLessThan(12);
    }
    expect({ sent, state }).toEqual({ sent: true, state: 'ended' });
  });
});

describeEngines(
  engines,
  (visit, name) => {
    test('a Chime processor shows the person before the right color, from the first frame on', async () => {
      expectAll(await visit((page) => page.run((backend) => suite.chime(backend), choices[name])));
    });
  },
  chimePolicy,
);

function expectAll({ first, second, paused }: AdapterReport): void {
  expect(Math.min(first.length, second.length)).toBeGreaterThanOrEqual(3);
  for (const [frames, color] of [
    [first, BLUE],
    [second, GREEN],
  ] as const) {
    for (const { person, wall, back } of frames) {
      expect(wall).toBe(0);
      expect(person, 'the person, compared with the camera').toBeLessThan(KEPT);
      expect(distance(back, color)).toBeLessThan(12);
    }
  }
  expect(paused.spread, 'one color after pause()').toBe(0);
}

/** The greatest difference of two colors in one channel, in levels. */
function distance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...b.map((level, channel) => Math.abs(level - (a[channel] ?? Number.NaN))));
}
