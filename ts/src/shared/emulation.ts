/**
 * Names of software that emulates a GPU: SwiftShader (Chromium), llvmpipe, softpipe and lavapipe (Mesa), Microsoft Basic Render Driver
 * (WARP), GDI Generic (Windows without a driver) and Apple Software Renderer.
 */
const EMULATORS = /swiftshader|llvmpipe|softpipe|lavapipe|swrast|software|basic render|\bwarp\b|gdi generic/i;

/** Whether a GPU's name is that of software. It is a hint: browsers may hide the name, and drivers may lie. */
function isEmulatorName(name: string): boolean {
  return EMULATORS.test(name);
}

/** Whether the GPU of an engine is emulated. */
export function isEmulated(info: { readonly adapter: string; readonly fallbackAdapter: boolean }): boolean {
  return info.fallbackAdapter || isEmulatorName(info.adapter);
}

/** Returns the name of the software that emulates a WebGPU adapter, or `undefined` for a GPU. */
export function findWebGpuEmulator({ info }: GPUAdapter): string | undefined {
  // Old browsers have no `info`.
  const { vendor, architecture, device, description, isFallbackAdapter = false } = info ?? {};
  const name = [vendor, architecture, device, description].filter(Boolean).join(' ');
  return isFallbackAdapter || isEmulatorName(name) ? name || 'fallback adapter' : undefined;
}

/**
 * Returns the name of the software that emulates a WebGL context, or `undefined` for a GPU.
 *
 * @param hasCaveat whether the browser refuses the context with `failIfMajorPerformanceCaveat`
 */
export function findWebGlEmulator(context: WebGL2RenderingContext, hasCaveat: boolean): string | undefined {
  const debug = context.getExtension('WEBGL_debug_renderer_info');
  // Firefox has the full name in `RENDERER`, and warns about the extension.
  const names = [context.RENDERER, debug?.UNMASKED_RENDERER_WEBGL].map(
    (key) => key !== undefined && String(context.getParameter(key)),
  );
  const emulator = names.find((name): name is string => name !== false && isEmulatorName(name));
  return emulator ?? (hasCaveat ? 'major performance caveat' : undefined);
}
