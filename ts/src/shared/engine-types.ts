import type { Background, BackgroundFrame } from './background.js';
import type { Matting } from './matting.js';
import type { StageTimings } from './stages.js';
import type { Backend } from './thread-support.js';

/** A picture that a frame can come from. */
export type FrameSource = VideoFrame | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap;

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
  cpu: StageTimings;
  /** What each stage took until the GPU was done with it, for a frame that was processed with `waitForGpu`. */
  completed: StageTimings | undefined;
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
  image: BackgroundFrame | undefined;
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
  model: number | undefined;
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
  maskStatus(): Promise<string | undefined>;
  /** Why the GPU device is gone, or `undefined` while it is there. */
  lostReason(): string | undefined;
  /** Releases the GPU; calls under way reject with `destroyed`. */
  destroy(): void;
  /** Releases the memory of the wasm module; only once nothing is under way. */
  free(): void;
}
