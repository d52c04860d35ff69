import { afterEach, expect, test } from 'vitest';
import { firefoxUnavailable, inFull, notInFull, unless, withFirefox } from '../matrix.js';
import { Harness, type Target } from './harness.js';

const SECONDS = 8;
/** Frames per second: few enough for a software GPU and a decoder on the same machine. */
const RATE = 5;
let harness: Harness | undefined;

afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

for (const [target, backend, options] of [
  ['chromium', 'webgpu', {}],
  ['chromium-cpu', 'cpu', {}],
  ['chromium-webgl', 'webgl', inFull],
  ['firefox', 'webgl', withFirefox],
  ['firefox-webgpu', 'webgpu', unless(firefoxUnavailable, notInFull)],
] as const satisfies [Target, string, object][]) {
  test(`the far side of a call sees the effect, also in a hidden tab (${target})`, options, async () => {
    harness = await Harness.open(target);
    const running = harness.run({
      source: 'scene',
      mapping: 'background',
      backend,
      seconds: SECONDS,
      rate: RATE,
    });
    await Promise.race([harness.started(), running]);
    await new Promise((resolve) => setTimeout(resolve, (1000 * SECONDS) / 4));
    await harness.hide();
    const result = await running;
    expect(result.backend).toBe(backend);
    expect(result.samples.filter(({ hidden }) => hidden).length).toBeGreaterThan(SECONDS / 2);
    expect(result.leaked, 'samples that show the room').toBe(0);
    expect(result.looks).toBeGreaterThan(20);
    expect(result.framesOut).toBeGreaterThan(0.6 * (result.framesIn - result.dropped));
    expect(harness.complaints).toEqual([]);
  });
}

test('the far side would see the room if it were sent', async () => {
  harness = await Harness.open('chromium');
  const { leaked, looks } = await harness.run({
    source: 'scene',
    mapping: 'identity',
    seconds: 3,
    rate: RATE,
  });
  expect(leaked).toBeGreaterThan(0.5 * looks);
});

for (const [target, options] of [
  ['firefox', withFirefox],
  ['chromium-webgl', inFull],
] as const satisfies [Target, object][]) {
  test(`the canvas path keeps its frame rate in a hidden tab (${target})`, options, async () => {
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
