/// <reference lib="esnext.disposable" preserve="true" />
import { isImageBitmap } from '../shared/platform-objects.js';

/** `Symbol.dispose`, or in browsers without it the symbol that Babel and esbuild compile `using` to. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/** `Symbol.asyncDispose`, likewise. */
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** Makes `using` close all pictures that `output` holds; it looks as before when it is copied, compared or printed. */
export function disposable<Output extends object>(output: Output): Output & Disposable {
  return Object.defineProperty(output, dispose, {
    value: () => {
      for (const picture of Object.values(output)) if (isImageBitmap(picture)) picture.close();
    },
  }) as Output & Disposable;
}
