import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../../ts/src/index.js';
import { inFull } from '../matrix.js';
import type { ChangesReport } from './changes.js';
import type { Holdings } from './counting-patches.js';
import { Harness } from './harness.js';
import type { SoakOptions, SoakReport } from './soak.js';

/** What `soak-page.ts` offers. */
declare const live: {
  soak(options: SoakOptions): Promise<SoakReport>;
  holdings(): Promise<Holdings>;
  openChanges(backend: Backend): Promise<void>;
  changeEffects(count: number): Promise<ChangesReport>;
  closeChanges(): Promise<void>;
};

const [WIDTH, HEIGHT] = [320, 180];

for (const [backend, target, matrix] of [
  ['webgpu', 'chromium', inFull],
  ['webgl', 'chromium-webgl', {}],
  ['cpu', 'chromium-cpu', {}],
] as const) {
  describe(`on ${backend}`, matrix, () => {
    let harness: Harness;

    beforeAll(async () => {
      harness = await Harness.open(target, 'soak.html');
    });

    afterAll(() => harness?.close());

    test('frames are counted or come out, and no resource is left open', async () => {
      const options: SoakOptions = { frames: 150, width: WIDTH, height: HEIGHT, backend };
      const { written, read, dropped, processed, start, end, open, workers } = await harness.page.evaluate(
        (options) => live.soak(options),
        options,
      );
      expect([written, processed]).toEqual([150, read]);
      expect(written - read - dropped).toBe(0);
      expect([end.gpu - start.gpu, end.webgl - start.webgl]).toEqual([0, 0]);
      // The allocator may still reserve its last pages, but not one for each of 135 frames.
      expect(end.wasm - start.wasm).toBeLessThan(20 * WIDTH * HEIGHT * 4);
      expect(open).toBe(0);
      expect(workers).toEqual([1, 0]);
    });

    test('200 changes of effect under frames end in the last one, and leave no resource open', async () => {
      const { page } = harness;
      // Starts from zero: resources of another test may still be released.
      await page.reload();
      await page.waitForFunction('globalThis.live');
      await page.evaluate((backend) => live.openChanges(backend), backend);
      // Resources that exist once for each kind of effect, or since the first frames, remain.
      await page.evaluate(() => live.changeEffects(40));
      const before = await holdings();
      const { made, overtaken, frames, others, edge } = await page.evaluate(() => live.changeEffects(200));
      const after = await holdings();
      await page.evaluate(() => live.closeChanges());

      expect(made + overtaken).toBe(201);
      expect(edge).toEqual([10, 92, 54]);
      expect(others, 'frames that were not composited').toBe(0);
      expect(frames).toBeGreaterThan(20);
      for (const name of ['frames', 'bitmaps', 'videos'] as const) {
        expect(after[name], name).toBe(before[name]);
      }
      expect(after.videos).toBe(0);
      // Reused resources may vary by one.
      expect(after.webgl - before.webgl, 'objects of WebGL').toBeLessThan(10);
      expect(after.gpu, 'bytes of WebGPU').toBeLessThanOrEqual(1.05 * before.gpu);
      // Compiled code and caches may grow, but not by 5 kB per change.
      expect(after.heap - before.heap, 'bytes of JavaScript').toBeLessThan(1_000_000);
      // One megabyte for each image that is shown, if its allocator finds no free block.
      expect(after.wasm - before.wasm, 'bytes of wasm memory').toBeLessThan(10_000_000);
    });

    /** What the page holds, with its exact heap size. */
    async function holdings(): Promise<Holdings> {
      const { page } = harness;
      const held = await page.evaluate(() => live.holdings());
      const session = await page.createCDPSession();
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize: heap } = await session.send('Runtime.getHeapUsage');
      await session.detach();
      return { ...held, heap };
    }
  });
}
