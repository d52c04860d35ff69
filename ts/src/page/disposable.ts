/// <reference lib="esnext.disposable" preserve="true" />
import { isImageBitmap } from '../shared/platform-objects.js';

/** `Symbol.dispose`. In browsers without it, the symbol that Babel and esbuild use for `using`. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/** `Symbol.asyncDispose`, with the same fallback. */
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/**
 * Makes `using` close all bitmaps of `output`. The added property is not enumerable, so copies and
 * comparisons ignore it.
 */
export function disposable<Output extends object>(output: Output): Output & Disposable {
  return Object.defineProperty(output, dispose, {
    value: () => {
      for (const image of Object.values(output)) if (isImageBitmap(image)) image.close();
    },
  }) as Output & Disposable;
}
