import { expect, test } from 'vitest';
import { describeEngines } from './each.ts';
import type { Suite } from './page/main.ts';
import type { Lack } from './page/starts.ts';

// Globals of the page.
declare const suite: Suite;

const lacks: Lack[] = ['nothing', 'an adapter', 'WebGL2 on the page', 'WebGL2 in workers'];

describeEngines(['webkit', 'chromium', 'chromium-webgl', 'firefox', 'firefox-webgpu'], (visit, name) => {
  test.each(lacks)('support() reports what create() does if %s is missing', async (lack) => {
    // WebKitGTK gives WebGL2 to one thread of a page, so each call has a page of its own.
    const support = await visit((page) => page.run((lack) => suite.support(lack), lack));
    const start = await visit((page) => page.run((lack) => suite.start(lack), lack));
    // WebKit hides the GPU's name, so only the measurement of create() finds that it is emulated.
    const isHidden = name === 'webkit' && !lack.startsWith('WebGL2');
    expect(support).toEqual(isHidden ? { ...start, backend: 'webgl' } : start);
    if (lack !== 'nothing') return;
    // All GPUs are emulated.
    expect(start).toEqual({ backend: 'cpu', worker: true });
  });
});
