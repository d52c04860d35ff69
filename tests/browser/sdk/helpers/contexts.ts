import { vi } from 'vitest';

/** Collects the WebGL contexts that are created from now on, until `vi.restoreAllMocks`. */
export function watchContexts(): WebGL2RenderingContext[] {
  const contexts: WebGL2RenderingContext[] = [];
  const { getContext } = OffscreenCanvas.prototype;
  vi.spyOn(OffscreenCanvas.prototype, 'getContext').mockImplementation(function (
    this: OffscreenCanvas,
    ...args: unknown[]
  ) {
    const context = Reflect.apply(getContext, this, args);
    if (context instanceof WebGL2RenderingContext && !contexts.includes(context)) contexts.push(context);
    return context;
  });
  return contexts;
}

/** Loses contexts, as a driver reset would. */
export function loseContexts(contexts: readonly WebGL2RenderingContext[]): void {
  for (const context of contexts) context.getExtension('WEBGL_lose_context')?.loseContext();
}
