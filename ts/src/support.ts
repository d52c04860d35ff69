/** What runs the frames: `webgpu` all of it on the GPU, `webgl` the network on the processor and the effects on WebGL2. */
export type Backend = 'webgpu' | 'webgl';

/** A {@link Backend}, or the best that there is. */
export type BackendChoice = 'auto' | Backend;

/** What Cyclorama can do in this browser. */
export interface Support {
  /** What frames would run on; `undefined` where Cyclorama cannot run. */
  backend: Backend | undefined;
  /** Whether `process` can make a track of a track. */
  tracks: boolean;
  /** Whether the work can be done in a worker. */
  worker: boolean;
  /** What the browser lacks for all of the above, in words for its user's developer; empty where it lacks nothing. */
  missing: string[];
}

/** Looks at what the browser offers; loads nothing. */
export async function findSupport(): Promise<Support> {
  if (typeof navigator === 'undefined' || typeof OffscreenCanvas === 'undefined') {
    return {
      backend: undefined,
      tracks: false,
      worker: false,
      missing: ['a browser window with OffscreenCanvas'],
    };
  }
  const { ladder, missing } = await findLadder('auto');
  const tracks = hasInsertableStreams() || hasCanvasTracks();
  if (!tracks) missing.push('frames of a track: MediaStreamTrackProcessor, or captureStream of a canvas');
  const worker = typeof Worker !== 'undefined';
  if (!worker) missing.push('workers');
  return { backend: ladder[0], tracks, worker, missing };
}

/** The backends that a choice allows and that exist here, the best first, and what the others lack. */
export async function findLadder(choice: BackendChoice): Promise<{ ladder: Backend[]; missing: string[] }> {
  const ladder: Backend[] = [];
  const missing: string[] = [];
  for (const backend of ['webgpu', 'webgl'] as const) {
    if (choice !== 'auto' && choice !== backend) continue;
    const obstacle = backend === 'webgpu' ? await findWebGpuObstacle() : findWebGlObstacle();
    if (obstacle) missing.push(obstacle);
    else ladder.push(backend);
  }
  return { ladder, missing };
}

/** Why frames cannot run on WebGPU here; `undefined` where they can. Loads nothing. */
export async function findWebGpuObstacle(): Promise<string | undefined> {
  if (!('gpu' in navigator)) {
    return globalThis.isSecureContext
      ? 'WebGPU, which a current Chrome, Edge or Safari has'
      : 'WebGPU, which browsers offer only to secure pages: serve this one over https or from localhost';
  }
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  return adapter ? undefined : 'an adapter for WebGPU: hardware acceleration may be off';
}

/** Why effects cannot run on WebGL2 here; `undefined` where they can. */
export function findWebGlObstacle(): string | undefined {
  const context = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!context) return 'WebGL2: hardware acceleration may be off';
  const targets =
    context.getExtension('EXT_color_buffer_float') ?? context.getExtension('EXT_color_buffer_half_float');
  // Browsers allow few contexts at a time: this one is not waited for to be collected.
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return targets ? undefined : 'WebGL2 with targets of half floats (EXT_color_buffer_float)';
}

/** The longest side of a picture that a backend takes, in pixels. */
export async function findTextureLimit(backend: Backend): Promise<number> {
  // Kept in sync with `Size::MAX_SIDE` in rust/effects/src/picture.rs.
  const most = 16_384;
  if (backend === 'webgpu') {
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
    return Math.min(most, adapter?.limits.maxTextureDimension2D ?? most);
  }
  const context = new OffscreenCanvas(1, 1).getContext('webgl2');
  const limit: unknown = context?.getParameter(context.MAX_TEXTURE_SIZE);
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return typeof limit === 'number' ? Math.min(most, limit) : most;
}

/** Whether a page can take tracks apart and put them together, as Chromium lets it. */
export function hasInsertableStreams(): boolean {
  return 'MediaStreamTrackProcessor' in globalThis && 'MediaStreamTrackGenerator' in globalThis;
}

/** Whether a canvas can be a track. */
export function hasCanvasTracks(): boolean {
  return typeof HTMLCanvasElement !== 'undefined' && 'captureStream' in HTMLCanvasElement.prototype;
}
