/** Takes WebGL2 of the thread that calls this, as in browsers that have none there. */
export function takeWebGlAway(): void {
  const { prototype } = OffscreenCanvas;
  const { getContext } = prototype as { getContext(kind: string, options?: unknown): unknown };
  Object.defineProperty(prototype, 'getContext', {
    value(this: OffscreenCanvas, kind: string, options?: unknown) {
      return kind === 'webgl2' ? null : getContext.call(this, kind, options);
    },
  });
}
