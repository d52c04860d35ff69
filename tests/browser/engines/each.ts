/** Runs the same tests in every engine. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackendChoice } from '../../../ts/src/index.ts';
import { type BuiltPage, policy, servePage } from '../built-page.ts';
import { notInFull, unless } from '../matrix.ts';
import type { Engine, EngineName, EnginePage } from './engine.ts';
import { launch, unavailable } from './launch.ts';
import { root, site } from './site.ts';

/** The Chime SDK starts a timer in a worker from a `blob:` URL, which the strictest policy does not allow. */
export const chimePolicy = policy.replace("worker-src 'self'", "worker-src 'self' blob:");

/** A WebAssembly crash in JavaScriptCore that no module with assertions reproduces: docs/internals/engines.md. */
const CRASH = 'Out of bounds memory access';
/** A crash while an engine starts may leave the start pending. */
const PENDING_START = 'the engine has not started for';
/** How many of these crashes one visit may have. */
const MAX_CRASHES = 2;

/**
 * The option `backend` of the tests in each engine. It names the backends of emulated GPUs, which `auto` avoids. `auto` selects `cpu` if
 * the engine has nothing else.
 */
export const choices: Record<EngineName, BackendChoice> = {
  webkit: 'webgl',
  'webkit-captured': 'webgl',
  'webkit-cpu': 'auto',
  chromium: 'webgpu',
  'chromium-webgl': 'webgl',
  'chromium-cpu': 'auto',
  firefox: 'webgl',
  'firefox-webgpu': 'webgpu',
  'firefox-cpu': 'auto',
};

/** All engines but the one that captures its own output. */
export const allEngines: readonly EngineName[] = [
  'webkit',
  'webkit-cpu',
  'chromium',
  'chromium-webgl',
  'chromium-cpu',
  'firefox',
  'firefox-webgpu',
  'firefox-cpu',
];

/** Opens a page in an engine, passes it to a function and closes it. */
export type Visit = <Result>(work: (page: EnginePage) => Promise<Result>) => Promise<Result>;

/**
 * Describes tests in engines. An unavailable engine is skipped by name, with the reason. Firefox with WebGPU runs in the whole
 * matrix only.
 *
 * @param tests receives a function that visits the page of this folder, in a browser process of its own if the engine needs that
 * @param contentPolicy the policy that the page is served with. A violation fails a test.
 */
export function describeEngines(
  names: readonly EngineName[],
  tests: (visit: Visit, name: EngineName) => void,
  contentPolicy = policy,
): void {
  for (const name of names) {
    const inMatrix = name === 'firefox-webgpu' ? notInFull : '';
    describe(name, unless(unavailable(name) ?? '', inMatrix), () => {
      let engine: Engine;
      let served: BuiltPage;

      beforeAll(async () => {
        served = await servePage(root, site, { contentPolicy });
        engine = await launch(name);
      });

      afterAll(async () => {
        await engine?.close();
        await served?.close();
      });

      const visitOnce: Visit = async (work) => {
        const page = await engine.open(served.url);
        try {
          return await work(page);
        } finally {
          await page.close();
        }
      };
      /** A fault of the package would leave more than one start pending. */
      let mayRepeatStart = true;
      // A visit that reports a result is never repeated: one of its frames may be a leak.
      const visit: Visit = async (work) => {
        for (let crashes = 0; ; crashes += 1) {
          try {
            return await visitOnce(work);
          } catch (cause) {
            const isPendingStart = String(cause).includes(PENDING_START) && mayRepeatStart;
            const isKnownCrash = isPendingStart || String(cause).includes(CRASH);
            if (!name.startsWith('webkit') || !isKnownCrash || crashes === MAX_CRASHES) throw cause;
            if (isPendingStart) mayRepeatStart = false;
            console.warn(`${name}: a WebAssembly crash ended the visit, which is repeated`);
          }
        }
      };
      tests(visit, name);

      test('nothing violates the content security policy, and a violation would be reported', async () => {
        expect(served.reports).toEqual([]);
        await visit(async (page) => {
          await page.run(() => {
            document.head.append(
              Object.assign(document.createElement('style'), { textContent: 'p { color: red }' }),
            );
          });
          await expect.poll(() => served.reports.join(), { timeout: 10_000 }).toContain('style-src');
        });
      });
    });
  }
}
