import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { full, inFull } from '../matrix.js';
import type { FaultReport } from './faults.js';
import { Harness } from './harness.js';

/** What `faults-page.ts` offers. */
declare const live: {
  namesOfFaults(backend: string): string[];
  injectFault(name: string, backend: string): Promise<FaultReport>;
  endFaults(): Promise<void>;
};

/** Faults of the GPU device alone. Every other fault is the same on WebGL2. */
const ofDevice = ['before the first mask', 'an exception of the queue', 'invalid work', 'GPU memory used up'];

/** The slowest faults, which are variants of others. */
const slow = [
  'a WebAssembly crash, and no memory for another instance',
  'a WebAssembly crash and a lost device at once',
  'a lost engine, and no replacement for a while',
  'frozen, and another effect',
  'a worker that ends again and again',
];

for (const { backend, target, only, matrix } of [
  { backend: 'cpu', target: 'chromium-cpu', matrix: {} },
  { backend: 'webgl', target: 'chromium-webgl', matrix: {} },
  { backend: 'webgpu', target: 'chromium', only: ofDevice, matrix: {} },
  { backend: 'webgpu', target: 'chromium', matrix: inFull },
] as const) {
  describe(`on ${backend}`, matrix, () => {
    let harness: Harness;

    beforeAll(async () => {
      harness = await Harness.open(target, 'faults.html');
    });

    afterAll(() => harness?.close());

    const which = only ? 'fault of the device' : 'fault';
    test(`no ${which} shows the room behind the person, and frames continue after each`, {
      timeout: 1_800_000,
    }, async () => {
      const all = await harness.page.evaluate((backend) => live.namesOfFaults(backend), backend);
      const names = only ?? all.filter((name) => full || !slow.includes(name));
      expect(names.length).toBeGreaterThanOrEqual(only ? 4 : 44);
      const reports: FaultReport[] = [];
      for (const name of names) {
        reports.push(
          await harness.page.evaluate((name, backend) => live.injectFault(name, backend), name, backend),
        );
      }
      await harness.page.evaluate(() => live.endFaults());
      expect(
        reports.filter(({ leaked }) => leaked > 0),
        'frames with the room',
      ).toEqual([]);
      expect(
        reports.filter(({ missed }) => missed),
        'faults with another outcome',
      ).toEqual([]);
      const frames = reports.reduce((total, report) => total + report.frames, 0);
      expect(frames).toBeGreaterThanOrEqual(8 * names.length);
    });
  });
}
