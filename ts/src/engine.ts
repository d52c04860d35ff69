import { fetchAsset, wasmUrl } from './assets.js';
import type { Rgb } from './color.js';
import type { BackgroundBlending, Fit } from './effect.js';
import { CycloramaError } from './errors.js';
import type { Matting } from './matting.js';
import type { Clock, StageTimes } from './metrics.js';

/** A picture that a frame can come from. */
export type FrameSource = VideoFrame | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap;

/** What the engine shows where the person is not. */
export type Background =
  | { kind: 'blur'; radius: number }
  | { kind: 'color'; color: Rgb; lightWrap: number }
  | { kind: 'transparent' }
  | ({ kind: 'image'; image: ImageBitmap; layout: Layout } & Blending)
  | ({ kind: 'video'; picture: FrameSource; layout: Layout } & Blending);

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
  times: StageTimes;
  clock: Clock;
  /** Why the newest picture of the background's video could not be had; the last one stays. */
  backgroundError: Error | undefined;
}

/** How one frame is processed. */
export interface ProcessOptions {
  /** Waits for the GPU after each stage, so that the times are those of finished work. */
  waitForGpu: boolean;
  /** The newest picture of the background's video, which otherwise stays at the one before; it is not closed. */
  picture: FrameSource | undefined;
  /**
   * Shows the frame under the matte of the last one that was segmented, unless there is none of its size or it is more than
   * 100 ms old: then it is segmented itself.
   */
  reuseMatte: boolean;
}

/** What the engine runs on and with. */
export interface EngineInfo {
  adapter: string;
  fallbackAdapter: boolean;
  backend: 'webgpu' | 'webgl';
  model: { family: string; width: number; height: number };
}

/** The Rust engine behind one background: a GPU device, a network (on the processor where that is WebGL2) and the effects. */
export interface Engine {
  /** Takes effect with the next frame; a picture may be closed after the call. */
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
 * @throws {CycloramaError} `unsupported`, `asset`, `model`, `effect` or `gpu`
 */
export async function createEngine(
  model: Uint8Array,
  background: Background,
  assetBase: URL | undefined,
): Promise<Engine> {
  const { Engine } = await loadWasm(assetBase);
  try {
    return await Engine.create(model, { background });
  } catch (cause) {
    throw CycloramaError.from(cause);
  }
}

type Wasm = typeof import('../wasm/cyclorama_web.js');

let wasm: Promise<Wasm> | undefined;

/** The wasm module, which a page loads once; a load that failed is tried again. */
export function loadWasm(assetBase: URL | undefined): Promise<Wasm> {
  wasm ??= instantiate(assetBase).catch((error) => {
    wasm = undefined;
    throw error;
  });
  return wasm;
}

async function instantiate(assetBase: URL | undefined): Promise<Wasm> {
  const url = wasmUrl(assetBase);
  // The glue is imported here, not above, so that a server can load this package without it.
  const [glue, response] = await Promise.all([
    import('../wasm/cyclorama_web.js'),
    fetchAsset(url, 'the wasm module', undefined),
  ]);
  try {
    await glue.default({ module_or_path: response });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CycloramaError('asset', `the wasm module ${url.href} does not start: ${reason}`, { cause });
  }
  return glue;
}
