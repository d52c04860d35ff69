import { abortable } from './abortable.js';
import { loadWasmModule } from './assets.js';
import type { Rgb } from './color.js';
import type { BackgroundBlending, Fit } from './effect.js';
import { CycloramaError } from './errors.js';
import type { Matting } from './matting.js';
import type { StageTimes } from './metrics.js';
import { waitAtMost } from './patience.js';
import type { Backend } from './support.js';
import { thrown } from './validation.js';

/** A picture that a frame can come from. */
export type FrameSource = VideoFrame | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap;

/** What the engine shows where the person is not. */
export type Background =
  | { kind: 'blur'; radius: number }
  | { kind: 'color'; color: Rgb; lightWrap: number }
  | { kind: 'transparent' }
  | ({ kind: 'image'; image: ImageBitmap; layout: Layout } & Blending)
  | ({ kind: 'video'; picture: BackgroundPicture; layout: Layout } & Blending);

/** What a background's video shows at one time. */
export type BackgroundPicture = VideoFrame | ImageBitmap;

/** A complete {@link BackgroundLayout}. */
export interface Layout {
  fit: Fit;
  position: [x: number, y: number];
  mirror: boolean;
}

/** A complete {@link BackgroundBlending}. */
export type Blending = Required<BackgroundBlending>;

/** One frame, done by the engine. */
export interface Processed {
  /** The result; whoever holds it closes it. */
  image: ImageBitmap;
  width: number;
  height: number;
  /** Whether the frame was segmented itself, and not shown under the matte of one before it. */
  segmented: boolean;
  /** Counts the engine's frames; its {@link GpuTimes} come under this number. */
  number: number;
  /**
   * What each stage took the calling thread until its work was handed over; where the network runs on the processor, that
   * is all of preprocessing, inference and refinement. These three are 0 for a frame that was not segmented.
   */
  cpu: StageTimes;
  /** What each stage took until the GPU was done with it, for a frame that was processed with `waitForGpu`. */
  completed: StageTimes | undefined;
  /** Why the newest picture of the background's video could not be had; the last one stays. */
  backgroundError: Error | undefined;
}

/** How one frame is processed. */
export interface ProcessOptions {
  /** Waits for the GPU after each stage, so that there are times of finished work as well. */
  waitForGpu: boolean;
  /**
   * Has the GPU note when each stage begins and ends, for {@link Engine.gpuTimes}; where it cannot, or still has several
   * frames' times to give back, nothing happens. Such a frame takes two submissions more than others.
   */
  timestamps: boolean;
  /** What the background's video shows from now on, which otherwise stays at the picture before; it is not closed. */
  picture: BackgroundPicture | undefined;
  /**
   * Shows the frame under the matte of the last one that was segmented, unless there is none of its size or that is more
   * than 100 ms old: then it is segmented itself.
   */
  reuseMatte: boolean;
  /** Is shown in place of the network's: how probably each pixel of the frame is the person, 0 to 255, rows from the top. */
  mask: Uint8Array | undefined;
}

/**
 * One frame's times by the GPU's own clock, in milliseconds: from the beginning of a stage's first pass to the end of its
 * last. A stage is `undefined` that the frame did without, that is no GPU pass of the engine's (the import, but for video
 * frames that stay on the GPU), or whose timestamps cannot be right. Browsers round them, Chromium to 0.1 ms.
 */
export interface GpuTimes {
  /** {@link Processed.number} of the frame. */
  number: number;
  import: number | undefined;
  preprocess: number | undefined;
  inference: number | undefined;
  refine: number | undefined;
  composite: number | undefined;
}

/** What an engine takes of the memory, in bytes. */
export interface EngineMemory {
  /** Of the module that the engine is part of, which other engines may share. */
  wasm: number;
  /** Reserved on the GPU for networks; `undefined` where they lie in the module's memory. */
  network: number | undefined;
}

/** How weights are stored: with 16 bits where the GPU has them and that changes no weight, or with 32 in any case. */
export type Precision = 'auto' | 'f32';

/** The preferred GPU of a machine with several. Browsers treat it as a hint. */
export type PowerPreference = 'high-performance' | 'low-power';

/** How an engine is made. */
export interface EngineOptions {
  /** Its picture is copied. */
  background: Background;
  /** `auto` where left out. */
  precision?: Precision;
  /** `high-performance` where left out. */
  powerPreference?: PowerPreference;
}

/** What the engine runs on and with. */
export interface EngineInfo {
  adapter: string;
  fallbackAdapter: boolean;
  backend: Backend;
  model: { family: string; width: number; height: number };
  /** Whether there are {@link GpuTimes}. */
  timestamps: boolean;
  /** How the network's weights are stored. */
  precision: 'f16' | 'f32';
}

/** The Rust engine behind one background: a GPU device, a network on it and the effects. */
export interface Engine {
  /** Takes effect with the next frame; copies the picture. */
  setBackground(background: Background): void;
  /** Takes effect with the next frame. */
  setMatting(matting: Matting): void;
  /** The old network serves until the new one is ready, and stays where that one fails. */
  setModel(model: Uint8Array): Promise<void>;
  /** One frame at a time; the frame is not closed. */
  process(frame: FrameSource, options?: Partial<ProcessOptions>): Promise<Processed>;
  /** A picture without a pixel of any camera. */
  hide(width: number, height: number): ImageBitmap;
  info(): EngineInfo;
  /** Those of the frames whose timestamps have come back since the last call; waits for nothing. */
  gpuTimes(): GpuTimes[];
  memory(): EngineMemory;
  /** Resolves when the GPU has done all that was handed to it. */
  completed(): Promise<void>;
  /** Why the network's last mask cannot be right, so that nobody was shown; `undefined` where it can. */
  maskVerdict(): Promise<string | undefined>;
  /** Why the GPU device is gone, or `undefined` while it is there. */
  lostReason(): string | undefined;
  /** Releases the GPU; calls under way reject with `destroyed`. */
  destroy(): void;
  /** Releases the memory of the wasm module; only once nothing is under way. */
  free(): void;
}

/**
 * Starts an engine.
 *
 * @param signal ends the loading of the wasm module; an engine that is being made comes nevertheless
 * @throws {CycloramaError} `unsupported`, `asset`, `integrity`, `model`, `effect` or `gpu`
 */
export async function createEngine(
  backend: Backend,
  model: Uint8Array,
  options: EngineOptions,
  assetBase: URL | undefined,
  signal?: AbortSignal,
): Promise<Engine> {
  // Without this, a worker that has no WebGPU would load the module for it in vain.
  if (backend === 'webgpu' && !navigator.gpu)
    throw new CycloramaError('unsupported', 'there is no WebGPU here');
  const module = await loadWasm(backend, assetBase, signal);
  try {
    if (trapped.has(backend)) renew(backend, module);
    const instance = instances.get(backend) ?? 0;
    const starting: Promise<Engine> = module.Engine.create(model, options).then((engine) => {
      origins.set(engine, { backend, instance });
      return engine;
    });
    return await inTime(starting);
  } catch (cause) {
    throw CycloramaError.from(cause);
  }
}

/** How often each backend's module was instantiated anew, and of which instance an engine is. */
const instances = new Map<Backend, number>();
const origins = new WeakMap<Engine, { backend: Backend; instance: number }>();

/** Whether an engine is one of the module's present instance. */
export function isCurrent(engine: Engine): boolean {
  const { backend, instance } = origins.get(engine) ?? {};
  return backend !== undefined && instance === (instances.get(backend) ?? 0);
}

/** How long an engine may take to start, in milliseconds. A software GPU under load takes half a minute. */
const START_PATIENCE = 120_000;

/** Waits for an engine that may never come: a WebAssembly trap leaves its promise pending, and so does a GPU that hangs. */
async function inTime(starting: Promise<Engine>): Promise<Engine> {
  let stop = () => {};
  const late = new Promise<never>((_, reject) => {
    stop = waitAtMost(START_PATIENCE, () => {
      starting.then((engine) => isCurrent(engine) && engine.destroy()).catch(() => {});
      const seconds = START_PATIENCE / 1000;
      reject(new CycloramaError('internal', `the engine has not started for ${seconds} seconds`));
    });
  });
  try {
    return await Promise.race([starting, late]);
  } finally {
    stop();
  }
}

/** Backends whose instance has trapped and is still to be replaced. */
const trapped = new Set<Backend>();

/**
 * Instantiates the module of an engine anew after a trap, which leaves its memory in an unknown state. Other engines of
 * the same instance are lost with it, and the first to notice does this for all.
 *
 * @throws where there is no memory for another instance: the next {@link createEngine} tries again first
 */
export async function replaceInstance(engine: Engine): Promise<void> {
  const { backend, instance } = origins.get(engine) ?? {};
  if (backend === undefined) return;
  const module = await loads.get(backend)?.module;
  if (!module || instance !== (instances.get(backend) ?? 0)) return;
  trapped.add(backend);
  renew(backend, module);
}

function renew(backend: Backend, module: Wasm): void {
  module.__wbg_reset_state();
  instances.set(backend, (instances.get(backend) ?? 0) + 1);
  trapped.delete(backend);
}

/**
 * Generated, and of no concern to those who use the package.
 *
 * @internal
 */
type Wasm = typeof import('../wasm/cyclorama_web.js');

/** A module that is there, or on its way, and for whom. */
interface Load {
  readonly module: Promise<Wasm>;
  readonly end: AbortController;
  /** How many calls wait for it. */
  waiting: number;
}

const loads = new Map<Backend, Load>();

/**
 * A backend's wasm module, which a page or worker loads once. The next call repeats a load that
 * failed or that every caller aborted.
 *
 * @throws the signal's reason once that is aborted
 * @internal
 */
export async function loadWasm(
  backend: Backend,
  assetBase: URL | undefined,
  signal?: AbortSignal,
): Promise<Wasm> {
  const load = loads.get(backend) ?? beginLoad(backend, assetBase);
  load.waiting += 1;
  try {
    return await abortable(load.module, signal);
  } catch (cause) {
    if (load.waiting === 1 && loads.get(backend) === load) {
      loads.delete(backend);
      load.end.abort(cause);
    }
    throw cause;
  } finally {
    load.waiting -= 1;
  }
}

function beginLoad(backend: Backend, assetBase: URL | undefined): Load {
  const end = new AbortController();
  const load = { module: instantiate(backend, assetBase, end.signal), end, waiting: 0 };
  loads.set(backend, load);
  return load;
}

async function instantiate(backend: Backend, assetBase: URL | undefined, signal: AbortSignal): Promise<Wasm> {
  // The glue is imported here, not above, so that a server can load this package without it.
  const glue =
    backend === 'webgpu' ? import('../wasm/cyclorama_web.js') : import('../wasm/cyclorama_webgl.js');
  const [wasm, module] = await Promise.all([glue, loadWasmModule(backend, assetBase, signal)]);
  try {
    await wasm.default({ module_or_path: module });
  } catch (cause) {
    throw new CycloramaError('asset', `the wasm module for ${backend} does not start: ${thrown(cause)}`, {
      cause,
    });
  }
  return wasm as Wasm;
}
