import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FaultReport } from './faults.js';
import { Harness } from './harness.js';

/** What `faults-page.ts` offers. */
declare const live: {
  namesOfFaults(backend: string): string[];
  injectFault(name: string, backend: string): Promise<FaultReport>;
  endFaults(): Promise<void>;
};

for (const [backend, target] of [
  ['webgpu', 'chromium'],
  ['webgl', 'chromium-webgl'],
] as const) {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.open(target, 'faults.html');
  });

  afterAll(async () => {
    await harness?.close();
  });

  test(`no fault shows the room behind the person, and frames go on after each (${backend})`, {
    timeout: 900_000,
  }, async () => {
    const names = await harness.page.evaluate((backend) => live.namesOfFaults(backend), backend);
    expect(names.length).toBeGreaterThan(15);
    let frames = 0;
    for (const name of names) {
      const report = await harness.page.evaluate(
        (name, backend) => live.injectFault(name, backend),
        name,
        backend,
      );
      expect(report.leaked, `frames with the room after "${name}"`).toBe(0);
      expect(report.missed, name).toBeUndefined();
      frames += report.frames;
    }
    await harness.page.evaluate(() => live.endFaults());
    expect(frames).toBeGreaterThan(8 * names.length);
  });
}
