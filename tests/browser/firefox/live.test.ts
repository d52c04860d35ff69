import { afterEach, expect, test } from 'vitest';
import { Harness, type Target } from '../live/harness.js';

const SECONDS = 8;
let harness: Harness | undefined;

afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

for (const target of ['firefox', 'chromium-webgl'] satisfies Target[]) {
  test(`the far side of a call sees the pictures of a canvas, in a hidden tab as well (${target})`, async () => {
    harness = await Harness.open(target);
    const running = harness.run({ source: 'numbers', mapping: 'canvas', seconds: SECONDS });
    await new Promise((resolve) => setTimeout(resolve, (1000 * SECONDS) / 4));
    await harness.hide();
    const { framesIn, framesOut, dropped, distinct, raw, samples } = await running;
    expect(samples.filter(({ hidden }) => hidden).length).toBeGreaterThan(SECONDS / 2);
    expect(raw).toBe(0);
    expect(framesOut).toBeGreaterThan(0.6 * framesIn);
    expect(distinct).toBeGreaterThan(0.6 * framesOut);
    expect(dropped).toBeLessThan(0.4 * framesIn);
    expect(harness.complaints).toEqual([]);
  });
}
