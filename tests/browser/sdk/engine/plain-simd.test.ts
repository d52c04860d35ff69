/** The module for the CPU without relaxed SIMD. This browser supports it, so the other tests run the module that uses it. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { compareGoldenImages } from './golden-images.js';

beforeAll(() => {
  vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
});

describe('the images', () => {
  compareGoldenImages(['cpu', 'RGB', 'cpu, browser'], () => {});
});

// They register their tests here again.
describe('the engine', async () => {
  await import('./cpu.test.js');
});
describe('the frames', async () => {
  await import('./cpu-frames.test.js');
});

test('only this module was loaded', () => {
  const urls = performance.getEntriesByType('resource').map(({ name }) => name);
  const modules = urls.flatMap((url) => url.match(/cyclorama_\w+\.wasm/) ?? []);
  expect(new Set(modules)).toEqual(new Set(['cyclorama_cpu_bg.wasm']));
});
