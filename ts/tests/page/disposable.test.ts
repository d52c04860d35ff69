import { afterEach, expect, test, vi } from 'vitest';
import { disposable, dispose } from '../../src/page/disposable.js';

afterEach(() => vi.unstubAllGlobals());

test('`dispose` closes all images of a result, and adds no visible properties', () => {
  const close = vi.fn();
  class Image {
    close = close;
  }
  vi.stubGlobal('ImageBitmap', Image);
  const output = disposable({ mask: new Image(), cutout: new Image(), width: 1 });
  expect(Object.keys(output)).toEqual(['mask', 'cutout', 'width']);
  expect(Object.getOwnPropertySymbols({ ...output })).toEqual([]);
  output[dispose]();
  expect(close).toHaveBeenCalledTimes(2);
});
