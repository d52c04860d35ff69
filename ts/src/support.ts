/**
 * Why this browser cannot run Cyclorama, in words for its user's developer; `undefined` where it can. Loads nothing.
 */
export async function findObstacle(): Promise<string | undefined> {
  if (typeof navigator === 'undefined' || typeof OffscreenCanvas === 'undefined') {
    return 'Cyclorama needs a browser window with OffscreenCanvas';
  }
  if (!('gpu' in navigator)) {
    return globalThis.isSecureContext
      ? 'this browser has no WebGPU, which Cyclorama runs on: a current Chrome, Edge, Safari or Firefox has it'
      : 'browsers offer WebGPU only to secure pages: serve this one over https or from localhost';
  }
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  return adapter
    ? undefined
    : 'this browser has WebGPU but offers no adapter: hardware acceleration may be off';
}
