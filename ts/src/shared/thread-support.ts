import { abortable } from './abortable.js';
import { CycloramaError } from './errors.js';
import { trackStreams } from './track-streams.js';

/** What runs the frames: `webgpu` all of it on the GPU, `webgl` the network on the processor and the effects on WebGL2. */
export type Backend = 'webgpu' | 'webgl';

/** A {@link Backend}, or the best that there is. */
export type BackendChoice = 'auto' | Backend;

/** Every {@link BackendChoice}. */
export const BACKEND_CHOICES: readonly BackendChoice[] = ['auto', 'webgpu', 'webgl'];

/** What one thread offers: the page's, or a worker's. */
export interface ThreadSupport {
  /** The backends that run there, the best first. */
  readonly backends: readonly Backend[];
  /** What the others lack. */
  readonly missing: readonly string[];
  /** Whether it takes tracks apart and makes tracks. */
  readonly tracks: boolean;
}

/**
 * How long a browser may take to give an adapter for WebGPU before it counts as having none, in milliseconds. Some answer only
 * after a driver was restarted, or never.
 */
const ADAPTER_PATIENCE = 5_000;

/**
 * Finds the backends that a choice allows and that this thread has.
 *
 * @throws the signal's reason once that is aborted
 */
export async function findThreadSupport(choice: BackendChoice, signal?: AbortSignal): Promise<ThreadSupport> {
  const backends: Backend[] = [];
  const missing: string[] = [];
  const tracks = trackStreams() !== undefined;
  if (!isBrowser()) return { backends, missing: [NO_BROWSER], tracks };
  for (const backend of ['webgpu', 'webgl'] as const) {
    if (choice !== 'auto' && choice !== backend) continue;
    const obstacle = backend === 'webgpu' ? await findWebGpuObstacle(signal) : findWebGlObstacle();
    if (obstacle) missing.push(obstacle);
    else backends.push(backend);
  }
  return { backends, missing, tracks };
}

/**
 * The backends that a choice allows and that this thread has, the best first; at least one.
 *
 * @throws {CycloramaError} `unsupported` where there is none
 * @throws the signal's reason once that is aborted
 */
export async function requireBackends(
  choice: BackendChoice,
  signal?: AbortSignal,
): Promise<readonly Backend[]> {
  const { backends, missing } = await findThreadSupport(choice, signal);
  if (backends.length === 0) throw lacks(missing);
  return backends;
}

/** @throws {CycloramaError} `unsupported` where no backend can run, as on a server, which is known without a question */
export function assertBrowser(): void {
  if (!isBrowser()) throw lacks([NO_BROWSER]);
}

function lacks(missing: readonly string[]): CycloramaError {
  return new CycloramaError('unsupported', `this browser lacks ${missing.join(' and ')}`);
}

/** What a server lacks. */
export const NO_BROWSER = 'a browser window with OffscreenCanvas';

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
  // Some browsers have it for canvases of the page alone.
  if (!context)
    return 'WebGL2 for an OffscreenCanvas: hardware acceleration or a setting of the browser may be off';
  const targets =
    context.getExtension('EXT_color_buffer_float') ?? context.getExtension('EXT_color_buffer_half_float');
  // Browsers allow few contexts at a time: this one is not waited for to be collected.
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return targets ? undefined : 'WebGL2 with targets of half floats (EXT_color_buffer_float)';
}

/**
 * Gives WebGL back to other threads. WebKitGTK lends it to one thread until the GPU draws something else there, and a worker that
 * was only asked what it offers would keep it from the next.
 */
export function releaseWebGl(): void {
  if (!isBrowser()) return;
  // Smaller canvases are drawn by the CPU.
  const context = new OffscreenCanvas(640, 480).getContext('2d');
  context?.fillRect(0, 0, 1, 1);
  context?.getImageData(0, 0, 1, 1);
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
export function isBrowser(): boolean {
  return typeof navigator !== 'undefined' && typeof OffscreenCanvas !== 'undefined';
}
