import { beforeAll, describe, expect, test } from 'vitest';
import { allEngines, choices, describeEngines } from './each.ts';
import type { FramesReport, Shown } from './page/frames.ts';
import type { Suite } from './page/main.ts';

// Globals of the page.
declare const suite: Suite;

/** How far rounding, and a model that is nearly certain, may change a person, in levels. */
const KEPT = 3;
/** The same limit for chroma subsampling (I420, NV12). */
const KEPT_SUBSAMPLED = 4;
/** The same limit for an encoded video, compared with the image before encoding. */
const KEPT_ENCODED = 12;
/** How far the background may be from the expected one, in levels. */
const CLOSE = 12;

const sources = [
  ['a canvas', KEPT],
  ['an OffscreenCanvas', KEPT],
  ['an ImageBitmap', KEPT],
  ['a VideoFrame of a canvas', KEPT],
  ['a VideoFrame in RGBA', KEPT],
  ['a VideoFrame in BGRA', KEPT],
  ['a VideoFrame in I420', KEPT_SUBSAMPLED],
  ['a VideoFrame in NV12', KEPT_SUBSAMPLED],
  ['a <video>', KEPT_ENCODED],
] as const;

const effects = ['blur', 'image', 'color', 'video', 'transparent'];

describeEngines(allEngines, (visit, name) => {
  const backend = choices[name];
  const expected = backend === 'auto' ? 'cpu' : backend;

  describe.each([
    ['in a worker', true],
    ['on the page', false],
  ] as const)('%s', (_, worker) => {
    let report: FramesReport;

    beforeAll(async () => {
      report = await visit((page) => page.run((options) => suite.frames(options), { worker, backend }));
    });

    test(`frames run on ${expected}, without an error`, () => {
      expect(report.backend).toBe(expected);
      expect(report.errors).toEqual([]);
    });

    test.for(sources)(
      '%s shows the person without the wall, from the first frame on',
      ([source, kept], { skip }) => {
        const { shown, drawn, missing } = report.sources[source] ?? {};
        if (missing) skip(missing);
        expect(shown).toHaveLength(2);
        for (const frame of shown ?? []) expectProcessed(frame, kept);
        // WebKitGTK reports a wrong color space for the frames of an encoded video.
        const keptDrawn = name === 'webkit-cpu' ? KEPT_ENCODED : KEPT;
        if (source === 'a <video>') expect(drawn, 'compared with its drawing').toBeLessThan(keptDrawn);
      },
    );

    test.each(effects)('%s: the first frame after the change has this effect', (effect) => {
      const { shown = [], expected = [] } = report.effects[effect] ?? {};
      expect(shown).toHaveLength(2);
      for (const [index, frame] of shown.entries()) {
        expectProcessed(frame, KEPT);
        expect(distance(frame.back, expected[index]), `the background of frame ${index}`).toBeLessThan(CLOSE);
      }
    });

    test('none leaves the frame as it is', () => {
      const { shown = [] } = report.effects.none ?? {};
      expect(shown).toHaveLength(2);
      for (const { outcome, person, wall } of shown) {
        expect({ outcome, wall }).toEqual({ outcome: 'raw', wall: 1 });
        expect(person).toBeLessThan(1);
      }
    });

    test.each(['color', 'blur'])('%s: the next frame after pause() has one color', (effect) => {
      const [before, next, second, after] = report.pauses[effect] ?? [];
      expectProcessed(before, KEPT);
      expect(next).toMatchObject({ outcome: 'hidden', spread: 0 });
      expect(second).toMatchObject({ outcome: 'hidden', spread: 0 });
      expectProcessed(after, KEPT);
    });

    test('a frame after destroy() has one color', () => {
      expect(report.destroyed).toMatchObject({ outcome: 'hidden', spread: 0 });
    });
  });
});

function expectProcessed(frame: Shown | undefined, kept: number): void {
  expect(frame).toMatchObject({ outcome: 'processed', wall: 0 });
  expect(frame?.person, 'the person, compared with the camera').toBeLessThan(kept);
}

/** The greatest difference of two colors in one channel, in levels. */
function distance(a: readonly number[], b: readonly number[] = []): number {
  return Math.max(...a.map((level, channel) => Math.abs(level - (b[channel] ?? Number.NaN))));
}
