import type { FrameSource } from '../shared/engine-types.js';
import { isCanvas, isOffscreenCanvas, isVideoFrame } from '../shared/platform-objects.js';

/**
 * The frame as something that can go to a worker, whoever holds the original: a `VideoFrame`, or a bitmap in browsers
 * that have none.
 */
export async function toTransferable(frame: FrameSource): Promise<VideoFrame | ImageBitmap> {
  if (typeof VideoFrame === 'undefined') return createImageBitmap(frame);
  if (isVideoFrame(frame)) return frame.clone();
  // Frames are shown over black. Said of a canvas here, its pixels need not be drawn once more for that.
  const isDrawn = isCanvas(frame) || isOffscreenCanvas(frame);
  return new VideoFrame(frame, { timestamp: 0, alpha: isDrawn ? 'discard' : 'keep' });
}
