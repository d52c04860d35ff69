import { abortable } from './abortable.js';
import { findWebGlEmulator, findWebGpuEmulator } from './emulation.js';
import { CycloramaError } from './errors.js';
import { trackStreams } from './track-streams.js';

/**
 * The technology that processes frames. `webgpu`: everything on the GPU. `webgl`: the model on the CPU, the effects on WebGL2. `cpu`:
 * everything on the CPU, in WebAssembly.
 */
export type Backend = 'webgpu' | 'webgl' | 'cpu';

/** A {@link Backend}, or `auto` for the best one available. */
export type BackendChoice = 'auto' | Backend;

/** All backends, in the order in which `auto` tries them. */
const BACKENDS: readonly Backend[] = ['webgpu', 'webgl', 'cpu'];

/** All values of {@link BackendChoice}. */
export const BACKEND_CHOICES: readonly BackendChoice[] = ['auto', ...BACKENDS];

/** The capabilities of a thread, the page's or a worker's. */
export interface ThreadSupport {
  /** The supported backends, the best first. */
  readonly backends: readonly Backend[];
  /** The missing requirements of the other backends. */
  readonly missing: readonly string[];
  /** Whether the thread can read the frames of tracks and create tracks. */
  readonly tracks: boolean;
}

/** Maximum side of an image that the engine supports, in pixels, as `Size::MAX_SIDE` in Rust. */
export const MAX_IMAGE_SIDE = 16_384;

/**
 * Timeout of a WebGPU adapter request, in milliseconds. Some browsers respond only after a restart of the driver, or never.
 */
const ADAPTER_TIMEOUT = 5_000;

/**
 * Finds the allowed backends that this thread supports. `auto` allows `webgpu` and `webgl` only on a GPU: emulated on the CPU, both are
 * slower than `cpu`.
 *
 * @throws the signal's reason if it aborts
 */
export async function findThreadSupport(choice: BackendChoice, signal?: AbortSignal): Promise<ThreadSupport> {
  const backends: Backend[] = [];
  const missing: string[] = [];
  const tracks = trackStreams() !== undefined;
  if (!isBrowser()) return { backends, missing: [NO_BROWSER], tracks };
  for (const backend of BACKENDS) {
    if (choice !== 'auto' && choice !== backend) continue;
    const obstacle = await findObstacle(backend, choice !== 'auto', signal);
    if (obstacle) missing.push(obstacle);
    else backends.push(backend);
  }
  return { backends, missing, tracks };
}

/**
 * Returns the allowed backends that this thread supports, at least one, the best first.
 *
 * @throws {CycloramaError} `unsupported` if the thread supports none of them
 * @throws the signal's reason if it aborts
 */
export async function requireBackends(
  choice: BackendChoice,
  signal?: AbortSignal,
): Promise<readonly Backend[]> {
  const { backends, missing } = await findThreadSupport(choice, signal);
  if (backends.length === 0) throw lacks(missing);
  return backends;
}

/** @throws {CycloramaError} `unsupported` outside browsers, such as on a server, without any request */
export function assertBrowser(): void {
  if (!isBrowser()) throw lacks([NO_BROWSER]);
}

function lacks(missing: readonly string[]): CycloramaError {
  return new CycloramaError('unsupported', `this browser lacks ${missing.join(' and ')}`);
}

/** The requirement that servers do not meet. */
export const NO_BROWSER = 'a browser window with OffscreenCanvas';

/** Returns why this thread does not support a backend, or `undefined` if it does. Downloads nothing. */
async function findObstacle(
  backend: Backend,
  allowsEmulation: boolean,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  switch (backend) {
    case 'webgpu':
      return findWebGpuObstacle(allowsEmulation, signal);
    case 'webgl':
      return findWebGlObstacle(allowsEmulation);
    case 'cpu':
      return findCpuObstacle();
  }
}

async function findWebGpuObstacle(
  allowsEmulation: boolean,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  // Some browsers define `navigator.gpu` without an implementation.
  if (!navigator.gpu) {
    return globalThis.isSecureContext
      ? 'WebGPU, which current versions of Chrome, Edge and Safari support'
      : 'WebGPU, which browsers offer only in secure contexts: serve the page over https or from localhost';
  }
  const adapter = await requestAdapter(signal);
  if (adapter === null) return 'a WebGPU adapter: hardware acceleration may be disabled';
  if (!adapter) {
    return `a WebGPU adapter: the browser has not responded for ${ADAPTER_TIMEOUT / 1000} seconds`;
  }
  const emulator = allowsEmulation ? undefined : findWebGpuEmulator(adapter);
  return emulator && `a GPU for WebGPU, which the browser emulates on the CPU (${emulator})`;
}

/** Returns `null` without an adapter, and `undefined` if the browser does not respond. */
async function requestAdapter(signal: AbortSignal | undefined): Promise<GPUAdapter | null | undefined> {
  const timeout = AbortSignal.timeout(ADAPTER_TIMEOUT);
  try {
    const request = navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
    return await abortable(request, signal ? AbortSignal.any([signal, timeout]) : timeout);
  } catch {
    signal?.throwIfAborted();
    return timeout.aborted ? undefined : null;
  }
}

function findWebGlObstacle(allowsEmulation: boolean): string | undefined {
  const open = (attributes?: WebGLContextAttributes) =>
    new OffscreenCanvas(1, 1).getContext('webgl2', attributes);
  // Most browsers refuse this context on an emulated GPU, even if they hide its name.
  const onGpu = allowsEmulation ? null : open({ failIfMajorPerformanceCaveat: true });
  const context = onGpu ?? open();
  // Some browsers support WebGL2 only for canvas elements.
  if (!context) {
    return 'WebGL2 for an OffscreenCanvas: hardware acceleration or a setting of the browser may be disabled';
  }
  const targets =
    context.getExtension('EXT_color_buffer_float') ?? context.getExtension('EXT_color_buffer_half_float');
  const emulator = allowsEmulation ? undefined : findWebGlEmulator(context, onGpu === null);
  // Browsers limit the number of contexts, so do not wait for garbage collection.
  context.getExtension('WEBGL_lose_context')?.loseContext();
  if (!targets) return 'WebGL2 with float16 render targets (EXT_color_buffer_float)';
  return emulator && `a GPU for WebGL2, which the browser emulates on the CPU (${emulator})`;
}

function findCpuObstacle(): string | undefined {
  if (typeof VideoFrame === 'undefined') return 'VideoFrame (WebCodecs)';
  return WebAssembly.validate(SIMD_MODULE) ? undefined : 'WebAssembly SIMD';
}

/** A module with one function, whose body is `i8x16.popcnt(i8x16.splat(0))`. */
const SIMD_MODULE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
);

/** Whether this thread supports relaxed SIMD, whose fused multiply-add is one instruction. */
export function supportsRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_SIMD_MODULE);
}

/** A module with one function of `x`, whose body is `f32x4.relaxed_madd(x, x, x)`. */
const RELAXED_SIMD_MODULE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 123, 1, 123, 3, 2, 1, 0],
  ...[10, 13, 1, 11, 0, 32, 0, 32, 0, 32, 0, 253, 133, 2, 11],
);

/**
 * Releases WebGL for other threads. WebKitGTK binds it to one thread until the GPU draws something else there. A worker that only
 * reports its support would block the next one.
 */
export function releaseWebGl(): void {
  if (!isBrowser()) return;
  // WebKitGTK draws smaller canvases on the CPU.
  const context = new OffscreenCanvas(640, 480).getContext('2d');
  context?.fillRect(0, 0, 1, 1);
  context?.getImageData(0, 0, 1, 1);
}

/**
 * Returns the maximum side of an image that a backend supports, in pixels.
 *
 * @throws the signal's reason if it aborts
 */
export async function findTextureLimit(backend: Backend, signal?: AbortSignal): Promise<number> {
  if (backend === 'cpu') return MAX_IMAGE_SIDE;
  if (backend === 'webgpu') {
    const adapter = await requestAdapter(signal);
    return Math.min(MAX_IMAGE_SIDE, adapter?.limits.maxTextureDimension2D ?? MAX_IMAGE_SIDE);
  }
  const context = new OffscreenCanvas(1, 1).getContext('webgl2');
  const limit: unknown = context?.getParameter(context.MAX_TEXTURE_SIZE);
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return typeof limit === 'number' ? Math.min(MAX_IMAGE_SIDE, limit) : MAX_IMAGE_SIDE;
}

/** Whether the code runs on a page or in a worker, not on a server. */
export function isBrowser(): boolean {
  return typeof navigator !== 'undefined' && typeof OffscreenCanvas !== 'undefined';
}
