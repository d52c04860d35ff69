import type { Background, BackgroundFrame } from './background.js';
import type { Matting } from './matting.js';
import type { StageTimings } from './stages.js';
import type { Backend } from './thread-support.js';

/** A source of one frame. */
export type FrameSource = VideoFrame | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap;

/** An image of the engine: a `VideoFrame` if one was requested and the backend produces it. */
export type EngineImage = ImageBitmap | VideoFrame;

/** A frame that the engine has processed. */
export interface Processed {
  /** The output. The caller closes it. */
  image: EngineImage;
  width: number;
  height: number;
  /** Whether the frame was segmented. Otherwise it reuses the matte of an earlier frame. */
  segmented: boolean;
  /** Number of the frame in this engine, which its {@link GpuTimes} repeat. */
  number: number;
  /**
   * The calling thread's time for each stage, until its work was submitted. If the model runs on the CPU, preprocessing, inference
   * and refinement are complete by then. These three are 0 for a frame that was not segmented.
   */
  cpu: StageTimings;
  /** Time of each stage until the GPU finished it, for a frame that was processed with `waitForGpu`. */
  completed: StageTimings | undefined;
  /** Why the new frame of the background video could not be read. The previous one stays. */
  backgroundError: Error | undefined;
}

/** Options for one frame. */
export interface ProcessOptions {
  /** Waits for the GPU after each stage, so that {@link Processed.completed} is available. */
  waitForGpu: boolean;
  /**
   * Requests GPU timestamps at the beginning and end of each stage, for {@link Engine.gpuTimes}. Ignored if the GPU has no
   * timestamps, or several frames' timestamps are pending. Costs a copy of 1,040 bytes.
   */
  timestamps: boolean;
  /** The new frame of the background video. If left out, the previous frame stays. The engine does not close it. */
  image: BackgroundFrame | undefined;
  /**
   * Reuses the matte of the last segmented frame. The engine segments the frame nevertheless if that matte has another size or is
   * more than 100 ms old.
   */
  reuseMatte: boolean;
  /** Replaces the model's mask: the probability of the person at each pixel of the frame, 0 to 255, with rows from the top. */
  mask: Uint8Array | undefined;
  /** Requests a `VideoFrame` as output, which saves conversions if it goes to a track. Only backend `cpu` produces it. */
  video: boolean;
  /** Width of the output in pixels, at most the frame's. Only for backend `cpu`, which scales the frame before it processes it. */
  width: number;
  /** Height of the output in pixels, as `width`. */
  height: number;
}

/**
 * GPU times of one frame by GPU timestamps, in milliseconds: from the beginning of a stage's first pass to the end of its last.
 *
 * A stage is `undefined` if the frame skipped it, if it has no GPU pass of the engine, or if its timestamps are implausible. The import
 * has a pass only for video frames that stay on the GPU. Browsers round timestamps, Chromium to 0.1 ms.
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

/** Memory use of an engine, in bytes. */
export interface EngineMemory {
  /** Memory of the WebAssembly module, which other engines may use too. */
  wasm: number;
  /** GPU memory reserved for models. `undefined` if models are in the module's memory. */
  model: number | undefined;
}

/** Precision of the weights: float16 if the GPU supports it and all weights are exact in it, or always float32. */
export type Precision = 'auto' | 'f32';

/** The preferred GPU of a machine with several. Browsers treat it as a hint. */
export type PowerPreference = 'high-performance' | 'low-power';

/** Options for the creation of an engine. */
export interface EngineOptions {
  /** The background. The engine copies its image. */
  background: Background;
  /** Default: `auto`. */
  precision?: Precision;
  /** Default: `high-performance`. */
  powerPreference?: PowerPreference;
}

/** Backend, adapter and model of an engine. */
export interface EngineInfo {
  /** Name of the GPU, or a text about the CPU. */
  adapter: string;
  fallbackAdapter: boolean;
  backend: Backend;
  model: { family: string; width: number; height: number };
  /** Whether {@link GpuTimes} are available. */
  timestamps: boolean;
  /** Precision of the model's weights. */
  precision: 'f16' | 'f32';
}

/** The Rust engine of one virtual background: a GPU device unless the backend is `cpu`, a model and the effects. */
export interface Engine {
  /** Sets the background, from the next frame on. Copies the image. */
  setBackground(background: Background): void;
  /** Sets the matting options, from the next frame on. */
  setMatting(matting: Matting): void;
  /** Loads another model. The current one stays in use until the new one is ready, or if loading fails. */
  setModel(model: Uint8Array): Promise<void>;
  /** Processes one frame at a time. Does not close it. */
  process(frame: FrameSource, options?: Partial<ProcessOptions>): Promise<Processed>;
  /** Returns a placeholder image, without a pixel of the camera. */
  hide(width: number, height: number): ImageBitmap;
  info(): EngineInfo;
  /** Returns the GPU times that have arrived since the last call. Does not wait. */
  gpuTimes(): GpuTimes[];
  memory(): EngineMemory;
  /** Resolves when the GPU has finished all submitted work. */
  completed(): Promise<void>;
  /**
   * Returns why the last mask is implausible, so that the output shows the background alone. Returns `undefined` for a plausible mask.
   */
  maskStatus(): Promise<string | undefined>;
  /** Returns why the GPU device was lost, or `undefined` while it is available. */
  lostReason(): string | undefined;
  /** Releases the GPU device. Pending calls reject with `destroyed`. */
  destroy(): void;
  /** Releases the engine's memory in the WebAssembly module. Call it only when no call is pending. */
  free(): void;
}
