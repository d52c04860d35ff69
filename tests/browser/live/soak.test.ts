import { afterEach, expect, test } from 'vitest';
import { inFull } from '../matrix.js';
import { Harness } from './harness.js';
import type { SoakOptions, SoakReport } from './soak.js';

/** What `soak-page.ts` offers. */
declare const live: { soak(options: SoakOptions): Promise<SoakReport> };

const [WIDTH, HEIGHT] = [320, 180];
let harness: Harness | undefined;

afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

for (const [backend, target, matrix] of [
  ['webgpu', 'chromium', inFull],
  ['webgl', 'chromium-webgl', {}],
] as const) {
  test(`frames are counted or come out, and nothing is left behind (${backend})`, matrix, async () => {
    harness = await Harness.open(target, 'soak.html');
    const options: SoakOptions = { frames: 150, width: WIDTH, height: HEIGHT, backend };
    const { written, read, dropped, processed, start, end, open, workers } = await harness.page.evaluate(
      (options) => live.soak(options),
      options,
    );
    expect([written, processed]).toEqual([150, read]);
    expect(written - read - dropped).toBe(0);
    expect(end.gpu - start.gpu).toBe(0);
    // The allocator may still take its last pages, but not one for each of 135 frames.
    expect(end.wasm - start.wasm).toBeLessThan(20 * WIDTH * HEIGHT * 4);
    expect(open).toBe(0);
    expect(workers).toEqual([1, 0]);
  });
}
