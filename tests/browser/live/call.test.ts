import { afterEach, expect, test } from 'vitest';
import { Harness, type Target } from './harness.js';

const SECONDS = 8;
/** Frames a second: a software GPU is to keep up with them, and a decoder beside it. */
const RATE = 5;
let harness: Harness | undefined;

afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

for (const [target, backend] of [
  ['chromium', 'webgpu'],
  ['chromium-webgl', 'webgl'],
  ['firefox', 'webgl'],
  ['firefox-webgpu', 'webgpu'],
] as const satisfies [Target, string][]) {
  test(`the far side of a call sees the effect, in a hidden tab as well (${target})`, async () => {
    harness = await Harness.open(target);
    const running = harness.run({ source: 'scene', mapping: 'background', seconds: SECONDS, rate: RATE });
    await Promise.race([harness.started(), running]);
    await new Promise((resolve) => setTimeout(resolve, (1000 * SECONDS) / 4));
    await harness.hide();
    const result = await running;
    expect(result.backend).toBe(backend);
    expect(result.samples.filter(({ hidden }) => hidden).length).toBeGreaterThan(SECONDS / 2);
    expect(result.leaked, 'looks that saw the room').toBe(0);
    expect(result.looks).toBeGreaterThan(20);
    expect(result.framesOut).toBeGreaterThan(0.6 * (result.framesIn - result.dropped));
    expect(harness.complaints).toEqual([]);
  });
}

test('the room would be seen at the far side if it were sent', async () => {
  harness = await Harness.open('chromium');
  const { leaked, looks } = await harness.run({
    source: 'scene',
    mapping: 'identity',
    seconds: 3,
    rate: RATE,
  });
  expect(leaked).toBeGreaterThan(0.5 * looks);
});

for (const target of ['firefox', 'chromium-webgl'] satisfies Target[]) {
  test(`the way over a canvas keeps its pace in a hidden tab (${target})`, async () => {
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
