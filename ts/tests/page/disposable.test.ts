import { afterEach, expect, test, vi } from 'vitest';
import { disposable, dispose } from '../../src/page/disposable.js';

afterEach(() => vi.unstubAllGlobals());

test('an output closes all of its pictures, and shows no more properties than before', () => {
  const close = vi.fn();
  class Picture {
    close = close;
  }
  vi.stubGlobal('ImageBitmap', Picture);
  const output = disposable({ mask: new Picture(), cutout: new Picture(), width: 1 });
  expect(Object.keys(output)).toEqual(['mask', 'cutout', 'width']);
  expect(Object.getOwnPropertySymbols({ ...output })).toEqual([]);
  output[dispose]();
  expect(close).toHaveBeenCalledTimes(2);
});
