import type { FrameSource } from '../shared/engine-types.js';
import { isCanvas, isOffscreenCanvas, isVideoFrame } from '../shared/platform-objects.js';

/**
 * Copies a frame so that it can be transferred to a worker: to a `VideoFrame`, or to a bitmap in browsers
 * without `VideoFrame`.
 */
export async function toTransferable(frame: FrameSource): Promise<VideoFrame | ImageBitmap> {
  if (typeof VideoFrame === 'undefined') return createImageBitmap(frame);
  if (isVideoFrame(frame)) return frame.clone();
  // Frames are drawn over black. Discarding a canvas's alpha here saves drawing it once more.
  const isFromCanvas = isCanvas(frame) || isOffscreenCanvas(frame);
  return new VideoFrame(frame, { timestamp: 0, alpha: isFromCanvas ? 'discard' : 'keep' });
}
