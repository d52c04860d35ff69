import type { FrameSource } from '../shared/engine-types.js';
import type { Size } from '../shared/frame.js';

/** Makes frames smaller, for machines that have no time for all of their pixels. */
export class Downscaler {
  #canvas: OffscreenCanvas | undefined;

  /** The frame at a share of its sides, good until the next call; a share of 1 is the frame itself. */
  scale(frame: FrameSource, size: Size, share: number): FrameSource {
    if (share === 1) return frame;
    // Encoders halve the sides for colours: odd ones would be cut off.
    const [width, height] = [size.width, size.height].map((side) =>
      Math.max(2, 2 * Math.round((side * share) / 2)),
    ) as [number, number];
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
