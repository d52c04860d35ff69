import type { FrameSource } from './engine.js';
import { CycloramaError } from './errors.js';
import type { Clock, StageTimes } from './metrics.js';

/** A frame that came out. Whoever holds it closes its `image`. */
export type OutputFrame = OutputPicture & (Composited | Uncomposited);

interface OutputPicture {
  image: ImageBitmap;
  /** In pixels, as the frame that went in. */
  width: number;
  /** In pixels, as the frame that went in. */
  height: number;
}

interface Composited {
  /** The person before the chosen background. */
  outcome: 'processed';
  /** What each stage took, in milliseconds. */
  times: StageTimes;
  /** What the times measure. */
  clock: Clock;
}

interface Uncomposited {
  /** `hidden` has no pixel of the camera; `raw` is the camera as it is, which only comes out where it was asked for. */
  outcome: 'hidden' | 'raw';
}

/** Width and height in pixels. */
export interface Size {
  width: number;
  height: number;
}

/**
 * A frame's size.
 *
 * @throws {CycloramaError} `frame` where there is no picture
 */
export function frameSize(frame: FrameSource): Size {
  const { width, height } = sizeOf(frame);
  if (width > 0 && height > 0) return { width, height };
  throw new CycloramaError('frame', 'the frame has no pixels: it is closed, empty or has not begun to play');
}

function sizeOf(frame: FrameSource): Size {
  if (frame instanceof VideoFrame) return { width: frame.displayWidth, height: frame.displayHeight };
  if (frame instanceof HTMLVideoElement) return { width: frame.videoWidth, height: frame.videoHeight };
  if (
    frame instanceof HTMLCanvasElement ||
    frame instanceof OffscreenCanvas ||
    frame instanceof ImageBitmap
  ) {
    return { width: frame.width, height: frame.height };
  }
  throw new CycloramaError(
    'frame',
    'a frame must be a VideoFrame, <video>, <canvas>, OffscreenCanvas or ImageBitmap',
  );
}
