/** Removes WebGL2 from the calling thread, as in browsers that lack it there. */
export function takeWebGlAway(): void {
  const { prototype } = OffscreenCanvas;
  const { getContext } = prototype as { getContext(kind: string, options?: unknown): unknown };
  Object.defineProperty(prototype, 'getContext', {
    value(this: OffscreenCanvas, kind: string, options?: unknown) {
      return kind === 'webgl2' ? null : getContext.call(this, kind, options);
    },
  });
}
