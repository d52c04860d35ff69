import { expect, test } from 'vitest';
import { describeEngines } from './each.ts';
import type { Suite } from './page/main.ts';
import type { Lack } from './page/starts.ts';

// Globals of the page.
declare const suite: Suite;

/** Missing WebGL2 is the first limit only without WebGPU. */
const lacks: Lack[] = ['nothing', 'an adapter', 'WebGL2 on the page', 'WebGL2 in workers'];
const lacksWithWebGpu: Lack[] = ['nothing', 'an adapter'];

describeEngines(['webkit', 'chromium', 'chromium-webgl', 'firefox', 'firefox-webgpu'], (visit, name) => {
  const hasWebGpu = name === 'chromium' || name === 'firefox-webgpu';
  test.each(hasWebGpu ? lacksWithWebGpu : lacks)(
    'support() reports what create() does if %s is missing',
    async (lack) => {
      // WebKitGTK gives WebGL2 to one thread of a page, so each call has a page of its own.
      const support = await visit((page) => page.run((lack) => suite.support(lack), lack));
      const start = await visit((page) => page.run((lack) => suite.start(lack), lack));
      expect(support).toEqual(start);
      if (lack !== 'nothing') return;
      expect(start).toEqual({ backend: hasWebGpu ? 'webgpu' : 'webgl', worker: true });
    },
  );
});
