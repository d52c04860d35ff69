/** The demo in browsers without WebGPU and WebGL. */
import { type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../engines/engine.ts';
import { launch, unavailable } from '../engines/launch.ts';
import { unless } from '../matrix.ts';
import { root, site } from './site.ts';

for (const name of ['chromium-cpu', 'firefox-cpu', 'webkit-cpu'] as const) {
  describe(name, unless(unavailable(name) ?? ''), () => {
    let server: PreviewServer;
    let engine: Engine;

    beforeAll(async () => {
      server = await preview({
        root,
        logLevel: 'warn',
        build: { outDir: site },
        preview: { host: '127.0.0.1' },
      });
      engine = await launch(name);
    });

    afterAll(async () => {
      await engine?.close();
      await server?.close();
    });

    test('the page processes its clip on the CPU, from the first frame on and without a problem', async () => {
      const page = await engine.open(server.resolvedUrls?.local[0] ?? '');
      const state = () =>
        page.run(() => {
          const textOf = (id: string) => document.getElementById(id)?.textContent ?? '';
          return {
            hasContext: new OffscreenCanvas(1, 1).getContext('webgl2') !== null,
            hasProblem: document.getElementById('problem')?.checkVisibility() ?? true,
            status: textOf('status'),
            adapter: textOf('adapter'),
            counts: textOf('counts'),
            width: document.querySelector<HTMLVideoElement>('#result')?.videoWidth ?? 0,
          };
        });
      const wait = { timeout: 60_000, interval: 200 };
      await expect.poll(async () => (await state()).counts, wait).toMatch(/Processed[1-9]/);
      await expect.poll(async () => (await state()).width, wait).toBeGreaterThan(0);
      expect(await state()).toEqual({
        hasContext: false,
        hasProblem: false,
        status: 'Running.',
        adapter: expect.stringMatching(/^CPU/),
        counts: expect.stringMatching(/Hidden0Raw0Failed0$/),
        width: expect.any(Number),
      });
      await page.close();
    });
  });
}
