import { expect, test } from 'vitest';
import { unless } from '../matrix.ts';
import { describeEngines } from './each.ts';
import type { Suite } from './page/main.ts';

// Globals of the page.
declare const suite: Suite;

describeEngines(['webkit', 'chromium-webgl', 'firefox', 'firefox-webgpu'], (visit, name) => {
  const isWebKit = name === 'webkit';

  test(
    'the far side of a call sees the person and never the wall',
    unless(isWebKit ? 'Debian builds WebKitGTK without RTCPeerConnection' : ''),
    async () => {
      const trackFrames = await visit((page) => page.run(() => suite.call()));
      expect(trackFrames.filter(({ wall }) => wall > 0.01)).toEqual([]);
    },
  );

  test(
    'a worker that ends is replaced, and no frame shows the person meanwhile',
    unless(isWebKit ? 'the end of a worker that used WebGL crashes WebKitGTK 2.50' : ''),
    async () => {
      const { meanwhile, after, errors } = await visit((page) => page.run(() => suite.endWorker()));
      expect(meanwhile.length).toBeGreaterThan(0);
      for (const { outcome, spread } of meanwhile) expect([outcome, spread]).toEqual(['hidden', 0]);
      expect(after).toMatchObject({ outcome: 'processed', wall: 0 });
      expect(after.person).toBeLessThan(3);
      expect(errors).toEqual(['worker']);
    },
  );
});
