import { beforeAll, describe, expect, test } from 'vitest';
import { choices, describeEngines } from './each.ts';
import type { EngineName } from './engine.ts';
import type { Suite } from './page/main.ts';
import type { EndingsReport, TrackPath, TracksReport } from './page/tracks.ts';
import type { TrackFrame } from './page/watcher.ts';

// Globals of the page.
declare const suite: Suite;

/**
 * How each engine carries frames of a track, with and without a worker. Firefox lacks streams of frames, WebKit has them in workers
 * only.
 */
const paths: Partial<Record<EngineName, { worker: boolean; path: TrackPath }[]>> = {
  webkit: [
    { worker: true, path: 'streams' },
    { worker: false, path: 'canvas' },
  ],
  'webkit-captured': [{ worker: true, path: 'canvas' }],
  'webkit-cpu': [{ worker: true, path: 'streams' }],
  chromium: [{ worker: true, path: 'streams' }],
  'chromium-webgl': [
    { worker: true, path: 'streams' },
    { worker: true, path: 'canvas' },
    { worker: false, path: 'streams' },
  ],
  'chromium-cpu': [{ worker: true, path: 'streams' }],
  firefox: [
    { worker: true, path: 'canvas' },
    { worker: false, path: 'canvas' },
  ],
  'firefox-webgpu': [{ worker: true, path: 'canvas' }],
  'firefox-cpu': [{ worker: true, path: 'canvas' }],
};

describeEngines(Object.keys(paths) as EngineName[], (visit, name) => {
  for (const { worker, path } of paths[name] ?? []) {
    describe(`${path === 'canvas' ? 'a captured canvas' : 'streams'}, frames made ${worker ? 'in a worker' : 'on the page'}`, () => {
      const options = { worker, backend: choices[name], path };
      let report: TracksReport;
      let endings: EndingsReport;

      beforeAll(async () => {
        report = await visit((page) => page.run((options) => suite.tracks(options), options));
        endings = await visit((page) => page.run((options) => suite.endings(options), options));
      });

      test('the track is made on this path, without an error', () => {
        expect([report.path, endings.path]).toEqual([path, path]);
        expect(report.errors).toEqual([]);
      });

      test('no frame shows the wall or a wrong person, from the first on', () => {
        for (const { trackFrames } of [report, endings]) {
          expect(trackFrames.filter(isFaulty)).toEqual([]);
          // Before the first person, some engines show an empty image.
          const first = trackFrames.findIndex(({ kind }) => kind === 'person');
          expect(first).toBeGreaterThanOrEqual(0);
          expect(first).toBeLessThanOrEqual(1);
        }
      });

      test('no frame after a change of effect has the previous effect', () => {
        expect(report.afterEffect.length).toBeGreaterThanOrEqual(2);
        for (const { kind, back } of report.afterEffect) {
          expect(kind).toBe('person');
          expect(back[2]).toBeLessThan(100);
        }
      });

      test('a camera that is switched off shows no person', () => {
        expect(report.muted.length).toBeGreaterThanOrEqual(1);
        for (const { kind } of report.muted) expect(kind).toBe('one color');
      });

      test('nothing new shows while the background is paused', () => {
        expect(report.paused).toBe(0);
      });

      test('another camera takes its place in the same track, and the previous one shows no more', () => {
        expect(report.same).toBe(true);
        expect(report.ofSecond.length).toBeGreaterThanOrEqual(2);
        for (const { kind, camera } of report.ofSecond) expect([kind, camera]).toEqual(['person', 'b']);
      });

      test('another camera takes the place of one that has halted, within a second', () => {
        expect(report.afterHalt).toBeLessThan(1_000);
      });

      test('destroy() with a camera that has halted takes less than a second, and ends the track', () => {
        expect(report.destroy).toBeLessThan(1_000);
        expect(report.state).toBe('ended');
      });

      test('the track ends with its camera and fires ended', () => {
        expect(endings).toMatchObject({ endedFired: true, state: 'ended', another: true });
      });

      test('destroy() with an active track takes less than a second, and ends the track', () => {
        expect(endings.destroy).toBeLessThan(1_000);
        expect(endings.stateAfterDestroy).toBe('ended');
      });
    });
  }
});

function isFaulty({ kind }: TrackFrame): boolean {
  return kind === 'leaked' || kind === 'wrong';
}
