/** Masks as images, and images as masks. */
import type { Mask } from './engines';

/** A mask as a gray image. */
export function grayImage({ width, height, levels }: Mask): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const data = new ImageData(width, height);
  for (const [index, level] of levels.entries()) data.data.set([level, level, level, 255], 4 * index);
  canvas.getContext('2d')?.putImageData(data, 0, 0);
  return canvas;
}

/** A mask as the alpha channel of a black image. */
export function alphaImage({ width, height, levels }: Mask): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const data = new ImageData(width, height);
  for (const [index, level] of levels.entries()) data.data[4 * index + 3] = level;
  canvas.getContext('2d')?.putImageData(data, 0, 0);
  return canvas;
}

/** The red channel of a canvas. A gray image has the same value in all channels. */
export function redChannelOf(
  context: OffscreenCanvasRenderingContext2D,
  width: number,
  height: number,
): Mask {
  return channelOf(context, width, height, 0);
}

/** The alpha channel of a canvas. */
export function alphaChannelOf(
  context: OffscreenCanvasRenderingContext2D,
  width: number,
  height: number,
): Mask {
  return channelOf(context, width, height, 3);
}

function channelOf(
  context: OffscreenCanvasRenderingContext2D,
  width: number,
  height: number,
  channel: number,
): Mask {
  const { data } = context.getImageData(0, 0, width, height);
  const levels = new Uint8Array(width * height);
  for (let index = 0; index < levels.length; index += 1) levels[index] = data[4 * index + channel] ?? 0;
  return { width, height, levels };
}
