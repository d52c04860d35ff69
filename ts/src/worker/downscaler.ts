import type { FrameSource } from '../shared/engine-types.js';
import { type Size, scaleSize } from '../shared/frame.js';

/** Scales frames down for slow machines. */
export class Downscaler {
  #canvas: OffscreenCanvas | undefined;

  /** Scales both sides by `factor`. The result is valid until the next call. Returns the frame itself for a factor of 1. */
  scale(frame: FrameSource, size: Size, factor: number): FrameSource {
    if (factor === 1) return frame;
    const { width, height } = scaleSize(size, factor);
    this.#canvas ??= new OffscreenCanvas(width, height);
    const canvas = this.#canvas;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) return frame;
    context.drawImage(frame, 0, 0, width, height);
    return canvas;
  }
}
