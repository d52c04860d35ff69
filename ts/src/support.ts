import { abortable } from './abortable.js';

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

/**
 * How long a browser may take to give an adapter for WebGPU before it counts as having none, in milliseconds. Some answer only
 * after a driver was restarted, or never.
 */
const ADAPTER_PATIENCE = 5_000;

/** Looks at what the browser offers; loads nothing. */
export async function findSupport(): Promise<Support> {
  const { ladder, missing } = await findLadder('auto');
  const tracks = hasInsertableStreams() || hasCanvasTracks();
  const worker = typeof Worker !== 'undefined';
  if (isBrowser()) {
    if (!tracks) missing.push('frames of a track: MediaStreamTrackProcessor, or captureStream of a canvas');
    if (!worker) missing.push('workers');
  }
  return { backend: ladder[0], tracks, worker, missing };
}

/**
 * The backends that a choice allows and that exist here, the best first, and what the others lack.
 *
 * @throws the signal's reason once that is aborted
 */
export async function findLadder(
  choice: BackendChoice,
  signal?: AbortSignal,
): Promise<{ ladder: Backend[]; missing: string[] }> {
  const ladder: Backend[] = [];
  const missing: string[] = [];
  if (!isBrowser()) return { ladder, missing: ['a browser window with OffscreenCanvas'] };
  for (const backend of ['webgpu', 'webgl'] as const) {
    if (choice !== 'auto' && choice !== backend) continue;
    const obstacle = backend === 'webgpu' ? await findWebGpuObstacle(signal) : findWebGlObstacle();
    if (obstacle) missing.push(obstacle);
    else ladder.push(backend);
  }
  return { ladder, missing };
}

/**
 * Why frames cannot run on WebGPU here; `undefined` where they can. Loads nothing.
 *
 * @throws the signal's reason once that is aborted
 */
export async function findWebGpuObstacle(signal?: AbortSignal): Promise<string | undefined> {
  // Some browsers have the name and nothing behind it.
  if (!navigator.gpu) {
    return globalThis.isSecureContext
      ? 'WebGPU, which a current Chrome, Edge or Safari has'
      : 'WebGPU, which browsers offer only to secure pages: serve this one over https or from localhost';
  }
  const adapter = await requestAdapter(signal);
  if (adapter) return undefined;
  return adapter === null
    ? 'an adapter for WebGPU: hardware acceleration may be off'
    : `an adapter for WebGPU: the browser has not answered for ${ADAPTER_PATIENCE / 1000} seconds`;
}

/** `null` where there is no adapter, `undefined` where the browser does not answer. */
async function requestAdapter(signal: AbortSignal | undefined): Promise<GPUAdapter | null | undefined> {
  const late = AbortSignal.timeout(ADAPTER_PATIENCE);
  try {
    const asking = navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
    return await abortable(asking, signal ? AbortSignal.any([signal, late]) : late);
  } catch {
    signal?.throwIfAborted();
    return late.aborted ? undefined : null;
  }
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

/**
 * The longest side of a picture that a backend takes, in pixels.
 *
 * @throws the signal's reason once that is aborted
 */
export async function findTextureLimit(backend: Backend, signal?: AbortSignal): Promise<number> {
  // Kept in sync with `Size::MAX_SIDE` in rust/effects/src/picture.rs.
  const most = 16_384;
  if (backend === 'webgpu') {
    const adapter = await requestAdapter(signal);
    return Math.min(most, adapter?.limits.maxTextureDimension2D ?? most);
  }
  const context = new OffscreenCanvas(1, 1).getContext('webgl2');
  const limit: unknown = context?.getParameter(context.MAX_TEXTURE_SIZE);
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return typeof limit === 'number' ? Math.min(most, limit) : most;
}

/** Whether this is a page or a worker, and not a server. */
function isBrowser(): boolean {
  return typeof navigator !== 'undefined' && typeof OffscreenCanvas !== 'undefined';
}

/** Whether a page can take tracks apart and put them together, as Chromium lets it. */
export function hasInsertableStreams(): boolean {
  return 'MediaStreamTrackProcessor' in globalThis && 'MediaStreamTrackGenerator' in globalThis;
}

/** Whether a canvas can be a track. */
export function hasCanvasTracks(): boolean {
  return typeof HTMLCanvasElement !== 'undefined' && 'captureStream' in HTMLCanvasElement.prototype;
}
