import type { EngineImage, FrameSource } from './engine-types.js';
import { CycloramaError } from './errors.js';
import {
  isCanvas,
  isImageBitmap,
  isOffscreenCanvas,
  isVideoElement,
  isVideoFrame,
} from './platform-objects.js';
import type { StageTimings } from './stages.js';
import { thrown } from './validation.js';

/** An output frame. The caller closes its `image`. */
export type OutputFrame = OutputImage & (Composited | Uncomposited);

/** @inline */
interface OutputImage {
  image: ImageBitmap;
  /** In pixels. The width of the input, or of the earlier input that a `frozen` frame repeats. */
  width: number;
  /** In pixels, like `width`. */
  height: number;
}

/** @inline */
interface Composited {
  /** The person in front of the chosen background. */
  outcome: 'processed';
  /** The thread's time for each stage in milliseconds, until its work was submitted to the GPU. */
  cpu: StageTimings;
  /** Time of each stage until the GPU finished it, in milliseconds. Measured only if the option `timing` asks for it. */
  completed: StageTimings | undefined;
}

/** @inline */
interface Uncomposited {
  /**
   * `hidden`: a placeholder frame, without a pixel of the camera. `frozen`: the last `processed` frame again. `raw`: the raw
   * camera frame, only if the options request it.
   */
  outcome: 'hidden' | 'frozen' | 'raw';
}

/** An {@link OutputFrame} before it reaches the caller or a track. */
export type PipelineOutput = Omit<OutputImage, 'image'> & { image: EngineImage } & (
    | Composited
    | Uncomposited
  );

/** Width and height in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** Scales both sides by `factor`, to even numbers: video encoders subsample chroma by two, and would crop odd sides. */
export function scaleSize({ width, height }: Size, factor: number): Size {
  const scale = (side: number) => Math.max(2, 2 * Math.round((side * factor) / 2));
  return { width: scale(width), height: scale(height) };
}

/** The longest side of a frame, in pixels. Every WebGPU device supports textures of this size. */
export const MAX_FRAME_SIDE = 8192;

/**
 * Returns a frame's size.
 *
 * @throws {CycloramaError} `frame` if the frame has no pixels, or a side above {@link MAX_FRAME_SIDE}
 */
export function frameSize(frame: FrameSource): Size {
  const { width, height } = sizeOf(frame);
  if (!(width > 0 && height > 0)) {
    throw new CycloramaError(
      'frame',
      'the frame has no pixels: it is closed, empty or has not started to play',
    );
  }
  if (Math.max(width, height) > MAX_FRAME_SIDE) {
    throw new CycloramaError(
      'frame',
      `the frame is ${width}x${height}: the limit is ${MAX_FRAME_SIDE} pixels per side`,
    );
  }
  return { width, height };
}

function sizeOf(frame: FrameSource): Size {
  try {
    if (isVideoFrame(frame)) return { width: frame.displayWidth, height: frame.displayHeight };
    if (isVideoElement(frame)) return { width: frame.videoWidth, height: frame.videoHeight };
    if (isCanvas(frame) || isOffscreenCanvas(frame) || isImageBitmap(frame)) {
      return { width: frame.width, height: frame.height };
    }
  } catch (cause) {
    throw new CycloramaError('frame', `the size of the frame could not be read: ${thrown(cause)}`, { cause });
  }
  throw new CycloramaError(
    'frame',
    'a frame must be a VideoFrame, <video>, <canvas>, OffscreenCanvas or ImageBitmap',
  );
}
