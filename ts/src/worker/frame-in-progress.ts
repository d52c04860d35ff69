import type { FrameSource } from '../shared/engine-types.js';
import { CycloramaError } from '../shared/errors.js';
import type { Size } from '../shared/frame.js';
import type { SubmittedFrame } from '../shared/protocol.js';
import type { OpenFrame } from './metrics/meter.js';

/** A frame at the head of the queue. */
export interface QueuedFrame {
  readonly frame: SubmittedFrame;
  readonly size: Size;
  /** Time between two frames of the camera, in milliseconds. */
  readonly interval: number | undefined;
  /** Whether the output may be a `VideoFrame`. */
  readonly video: boolean;
  /** When the frame was submitted, in milliseconds. */
  readonly submitted: number;
}

/** A frame that the engine is processing. */
export interface FrameInProgress {
  readonly open: OpenFrame | undefined;
  /** When processing started, in milliseconds. */
  readonly started: number;
  readonly size: Size;
  readonly interval: number | undefined;
  /** Whether its timing slowed it down. */
  readonly slowed: boolean;
  /** Time of its segmentation in milliseconds, if that ran on the CPU. */
  readonly segmentation: number | undefined;
}

/** @throws {CycloramaError} `frame` if the page could not send the frame */
export function readable(frame: SubmittedFrame): FrameSource {
  if ('unreadable' in frame) throw new CycloramaError('frame', frame.unreadable);
  return frame;
}
