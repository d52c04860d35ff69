import type { FrameSource } from './engine-types.js';
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

/** A frame that came out. Whoever holds it closes its `image`. */
export type OutputFrame = OutputPicture & (Composited | Uncomposited);

/** @inline */
interface OutputPicture {
  image: ImageBitmap;
  /** In pixels, as the frame that went in, or the one that a `frozen` picture was made of. */
  width: number;
  /** In pixels, as `width`. */
  height: number;
}

/** @inline */
interface Composited {
  /** The person before the chosen background. */
  outcome: 'processed';
  /** What each stage took the thread until its work was handed to the GPU, in milliseconds. */
  cpu: StageTimings;
  /** What each stage took until the GPU was done, in milliseconds, where that was waited for: see the option `timing`. */
  completed: StageTimings | undefined;
}

/** @inline */
interface Uncomposited {
  /**
   * `hidden` has no pixel of the camera; `frozen` is the last picture that was `processed`; `raw` is the camera as it is,
   * which only comes out where it was asked for.
   */
  outcome: 'hidden' | 'frozen' | 'raw';
}

/** Width and height in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** The longest side of a frame in pixels: what every WebGPU device can hold as a texture. */
export const MAX_FRAME_SIDE = 8192;

/**
 * A frame's size.
 *
 * @throws {CycloramaError} `frame` where there is no picture, or one with a side above {@link MAX_FRAME_SIDE}
 */
export function frameSize(frame: FrameSource): Size {
  const { width, height } = sizeOf(frame);
  if (!(width > 0 && height > 0)) {
    throw new CycloramaError(
      'frame',
      'the frame has no pixels: it is closed, empty or has not begun to play',
    );
  }
  if (Math.max(width, height) > MAX_FRAME_SIDE) {
    throw new CycloramaError(
      'frame',
      `the frame is ${width}x${height}: a side may have at most ${MAX_FRAME_SIDE} pixels`,
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
    throw new CycloramaError('frame', `the size of the frame cannot be read: ${thrown(cause)}`, { cause });
  }
  throw new CycloramaError(
    'frame',
    'a frame must be a VideoFrame, <video>, <canvas>, OffscreenCanvas or ImageBitmap',
  );
}
