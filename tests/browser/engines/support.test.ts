import { expect, test } from 'vitest';
import type { BackendChoice } from '../../../ts/src/index.ts';
import { allEngines, choices, describeEngines } from './each.ts';
import type { Suite } from './page/main.ts';
import type { Lack } from './page/starts.ts';

// Globals of the page.
declare const suite: Suite;

/** Missing WebGL2 is the first limit only without WebGPU. */
const lacks: Lack[] = ['nothing', 'an adapter', 'WebGL2 on the page', 'WebGL2 in workers'];
const lacksWithWebGpu: Lack[] = ['nothing', 'an adapter'];

describeEngines(allEngines, (visit, name) => {
  const choice = choices[name];

  /** What `support()` reports, and what `create()` does. WebKitGTK gives WebGL2 to one thread of a page, so each has its own. */
  async function compare(lack: Lack, choice: BackendChoice) {
    const support = await visit((page) => page.run((...args) => suite.support(...args), lack, choice));
    const start = await visit((page) => page.run((...args) => suite.start(...args), lack, choice));
    return { support, start };
  }

  test.each(choice === 'auto' ? [] : choice === 'webgpu' ? lacksWithWebGpu : lacks)(
    `support() reports what create() does on ${choice} if %s is missing`,
    async (lack) => {
      const { support, start } = await compare(lack, choice);
      expect(support).toEqual(start);
      if (lack === 'nothing') expect(start).toEqual({ backend: choice, worker: true });
    },
  );

  test('auto selects the CPU where the browser emulates a GPU or has none', async () => {
    const { support, start } = await compare('nothing', 'auto');
    expect(start).toEqual({ backend: 'cpu', worker: true });
    // WebKit hides the GPU's name, so only the measurement of create() finds that it is emulated.
    expect(support).toEqual(name === 'webkit' ? { ...start, backend: 'webgl' } : start);
  });
});
