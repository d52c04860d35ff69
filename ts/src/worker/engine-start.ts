import { abortable } from '../shared/abortable.js';
import type { Background } from '../shared/background.js';
import type { Engine, PowerPreference, Precision } from '../shared/engine-types.js';
import { CycloramaError } from '../shared/errors.js';
import type { Matting } from '../shared/matting.js';
import type { Backend } from '../shared/thread-support.js';
import { createEngine, isCurrent } from './engine.js';

/** The configuration of an engine. */
export interface EngineConfig {
  readonly model: Uint8Array;
  readonly background: Background;
  readonly matting: Matting;
  readonly precision: Precision;
  readonly powerPreference: PowerPreference;
  /** URL of the directory with the WebAssembly modules, if not the package's own. */
  readonly assetBase: URL | undefined;
}

/** A started engine. */
export interface StartedEngine {
  readonly engine: Engine;
  /** The backend of the engine, and then those that replace it if it fails permanently. */
  readonly backends: readonly [Backend, ...Backend[]];
}

/**
 * Starts an engine on the first of `backends` that works.
 *
 * @throws {CycloramaError} `unsupported`, `asset`, `integrity`, `model`, `effect` or `gpu`
 * @throws the signal's reason if it aborts
 */
export async function startFirst(
  backends: readonly Backend[],
  config: EngineConfig,
  signal: AbortSignal | undefined,
): Promise<StartedEngine> {
  let failure = new CycloramaError('unsupported', 'no backend is available in this browser');
  for (const [index, backend] of backends.entries()) {
    try {
      const engine = await start(backend, config, config.background, signal);
      return { engine, backends: [backend, ...backends.slice(index + 1)] };
    } catch (cause) {
      signal?.throwIfAborted();
      failure = CycloramaError.from(cause);
      // Other errors do not depend on the backend.
      if (!['unsupported', 'gpu', 'device-lost', 'internal'].includes(failure.code)) break;
    }
  }
  throw failure;
}

/** The size of a measured frame, in pixels: about 720p, but no camera's, so that no camera's mask is smoothed with that of the frame. */
const PROBE = { width: 1280, height: 704 };

/** A backend that needs at most this time for a frame keeps up with any camera, in milliseconds. Other backends are not started. */
const FAST = 20;

/**
 * A slower backend is measured for this time, in milliseconds, and for at least this number of frames. Browsers optimize WebAssembly while
 * it runs, and the first frame may compile shaders.
 */
const PROBE_TIME = 600;
const PROBE_FRAMES = 2;

/** How long a backend may take to start, and to process the frames, in milliseconds. */
const PROBE_TIMEOUT = 2_000;

/**
 * Starts an engine on the fastest of `backends`: on `known` if that is one of them. Otherwise it measures the first one, and the others
 * only if the first one is slow.
 *
 * @param known the fastest backend by an earlier measurement
 * @returns `isMeasured`: whether several backends work and the fastest one was found
 * @throws {CycloramaError} `unsupported`, `asset`, `integrity`, `model`, `effect` or `gpu`
 * @throws the signal's reason if it aborts
 */
export async function startFastest(
  backends: readonly Backend[],
  known: Backend | undefined,
  config: EngineConfig,
  signal: AbortSignal | undefined,
): Promise<StartedEngine & { readonly isMeasured: boolean }> {
  const isKnown = known !== undefined && backends.includes(known);
  const usable = isKnown ? backends.slice(backends.indexOf(known)) : backends;
  const first = await startFirst(usable, config, signal);
  const [, ...others] = first.backends;
  if (isKnown || others.length === 0) return { ...first, isMeasured: false };
  const limit = () => AbortSignal.any([AbortSignal.timeout(PROBE_TIMEOUT), ...(signal ? [signal] : [])]);
  let best = { ...first, time: await measure(first.engine, limit()) };
  for (const [index, backend] of best.time > FAST ? others.entries() : []) {
    const end = limit();
    try {
      const engine = await start(backend, config, config.background, end);
      const time = await measure(engine, end);
      const slower = time < best.time ? best.engine : engine;
      if (slower !== engine)
        best = { ...best, engine, backends: [backend, ...others.slice(index + 1)], time };
      discard(slower);
    } catch {
      // Its module may not be on the server. The best one so far works.
    }
  }
  if (signal?.aborted) discard(best.engine);
  signal?.throwIfAborted();
  return { ...best, isMeasured: Number.isFinite(best.time) };
}

/** Returns the least time of a frame in milliseconds, infinite if the engine fails or `end` aborts. */
async function measure(engine: Engine, end: AbortSignal): Promise<number> {
  const started = performance.now();
  const isWarm = () => performance.now() - started >= PROBE_TIME;
  try {
    let time = Number.POSITIVE_INFINITY;
    for (let count = 0; time > FAST && !(count >= PROBE_FRAMES && isWarm()); count += 1) {
      time = Math.min(time, await abortable(timeFrame(engine), end));
    }
    return time;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

async function timeFrame(engine: Engine): Promise<number> {
  const { width: codedWidth, height: codedHeight } = PROBE;
  const pixels = new Uint8Array((codedWidth * codedHeight * 3) / 2);
  const frame = new VideoFrame(pixels, { format: 'I420', codedWidth, codedHeight, timestamp: 0 });
  try {
    const started = performance.now();
    const { image } = await engine.process(frame, { video: true });
    image.close();
    await engine.completed();
    return performance.now() - started;
  } finally {
    frame.close();
  }
}

/** Starts an engine without its matting options. Discards it if `signal` has aborted meanwhile. */
export function start(
  backend: Backend,
  { model, assetBase, precision, powerPreference }: EngineConfig,
  background: Background,
  signal: AbortSignal | undefined,
): Promise<Engine> {
  const options = { background, precision, powerPreference };
  return abortable(createEngine(backend, model, options, assetBase, signal), signal, discard);
}

/** Releases the GPU resources and the memory of an engine. */
export function discard(engine: Engine): void {
  if (isCurrent(engine)) engine.destroy();
  free(engine);
}

/** Releases the memory of an engine. */
export function free(engine: Engine): void {
  // In another instance, the engine's pointer refers to something else.
  if (!isCurrent(engine)) return;
  try {
    engine.free();
  } catch {
    // An abandoned call still uses the engine. Its memory is released with the module.
  }
}
