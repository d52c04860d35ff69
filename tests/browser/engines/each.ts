/** The same tests in every engine. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltPage, policy, servePage } from '../built-page.ts';
import { notInFull, unless } from '../matrix.ts';
import type { Engine, EngineName, EnginePage } from './engine.ts';
import { launch, unavailable } from './launch.ts';
import { root, site } from './site.ts';

/** What the Chime SDK needs beyond the strictest policy: it starts a timer in a worker from a `blob:`. */
export const chimePolicy = policy.replace("worker-src 'self'", "worker-src 'self' blob:");

/** JavaScriptCore's trap, which no module with assertions shows: docs/internals/engines.md. */
const TRAP = 'Out of bounds memory access';
/** How often one visit may meet it. */
const MAX_TRAPS = 2;

/** Gives each page of an engine to a function, and closes it. */
export type Visit = <Result>(work: (page: EnginePage) => Promise<Result>) => Promise<Result>;

/**
 * Describes tests in engines. One that cannot be had is skipped by name and reason; WebGPU in Firefox is left to the whole matrix.
 *
 * @param tests gets what visits the page of this folder, in a browser process of its own where the engine needs that
 * @param contentPolicy what the page is served with; a violation fails a test
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
        const page = await engine.open(served.address);
        try {
          return await work(page);
        } finally {
          await page.close();
        }
      };
      // A visit that gives a report is never repeated: a frame in it may be one that must not come out.
      const visit: Visit = async (work) => {
        for (let trapped = 0; ; trapped += 1) {
          try {
            return await visitOnce(work);
          } catch (cause) {
            const isTrap = name.startsWith('webkit') && String(cause).includes(TRAP);
            if (!isTrap || trapped === MAX_TRAPS) throw cause;
            console.warn(`${name}: a WebAssembly trap ended the visit, which is repeated`);
          }
        }
      };
      tests(visit, name);

      test('nothing violated the content security policy, and a violation would be reported', async () => {
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
