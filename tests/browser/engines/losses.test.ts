import { expect, test } from 'vitest';
import { unless } from '../matrix.ts';
import { choices, describeEngines } from './each.ts';
import type { EngineName } from './engine.ts';
import type { Suite } from './page/main.ts';

// Globals of the page.
declare const suite: Suite;

const engines: EngineName[] = [
  'webkit',
  'webkit-cpu',
  'chromium-webgl',
  'chromium-cpu',
  'firefox',
  'firefox-webgpu',
  'firefox-cpu',
];

describeEngines(engines, (visit, name) => {
  const backend = choices[name];

  test(
    'the far side of a call sees the person and never the wall',
    unless(name.startsWith('webkit') ? 'Debian builds WebKitGTK without RTCPeerConnection' : ''),
    async () => {
      const trackFrames = await visit((page) => page.run((backend) => suite.call(backend), backend));
      expect(trackFrames.filter(({ wall }) => wall > 0.01)).toEqual([]);
    },
  );

  test(
    'a worker that ends is replaced, and no frame shows the person meanwhile',
    unless(name === 'webkit' ? 'the end of a worker that used WebGL crashes WebKitGTK 2.50' : ''),
    async () => {
      const { meanwhile, after, errors } = await visit((page) =>
        page.run((backend) => suite.endWorker(backend), backend),
      );
      expect(meanwhile.length).toBeGreaterThan(0);
      for (const { outcome, spread } of meanwhile) expect([outcome, spread]).toEqual(['hidden', 0]);
      expect(after).toMatchObject({ outcome: 'processed', wall: 0 });
      expect(after.person).toBeLessThan(3);
      expect(errors).toEqual(['worker']);
    },
  );
});
