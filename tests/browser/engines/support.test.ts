import { expect, test } from 'vitest';
import { describeEngines } from './each.ts';
import type { Suite } from './page/main.ts';
import type { Lack } from './page/starts.ts';

// What the page makes global.
declare const suite: Suite;

const lacks: Lack[] = ['nothing', 'an adapter', 'WebGL2 on the page', 'WebGL2 in workers'];

describeEngines(['webkit', 'chromium', 'chromium-webgl', 'firefox', 'firefox-webgpu'], (visit, name) => {
  test.each(lacks)('support() says what create() does where %s is missing', async (lack) => {
    // WebKitGTK gives WebGL2 to one thread of a page: each question has a page of its own.
    const support = await visit((page) => page.run((lack) => suite.support(lack), lack));
    const start = await visit((page) => page.run((lack) => suite.start(lack), lack));
    expect(support).toEqual(start);
    if (lack !== 'nothing') return;
    const backend = name === 'chromium' || name === 'firefox-webgpu' ? 'webgpu' : 'webgl';
    expect(start).toEqual({ backend, worker: true });
  });
});
