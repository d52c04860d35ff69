import type { Size } from '../../shared/frame.js';
import type { Region } from './regions.js';

/** Lower and upper edge of the compositor's smoothstep, as in `rust/effects/src/matte/matte.wgsl`. */
export const STEP = [0.2, 0.9] as const;

/** Averages several masks of one area of an image. A mask that does not cover a pixel counts as background there. */
export class MaskAverage {
  readonly #area: Region;
  readonly #sums: Uint16Array;
  #count = 0;

  constructor(area: Region) {
    this.#area = area;
    this.#sums = new Uint16Array(area.width * area.height);
  }

  /** Adds a mask of a part of the area, with values of 0 to 255. */
  add(alpha: Uint8Array, { left, top, width, height }: Region): void {
    this.#count += 1;
    for (let y = 0; y < height; y += 1) {
      const to = (top - this.#area.top + y) * this.#area.width + left - this.#area.left;
      for (let x = 0; x < width; x += 1) {
        this.#sums[to + x] = (this.#sums[to + x] ?? 0) + (alpha[y * width + x] ?? 0);
      }
    }
  }

  /** Writes the mean into a mask of the whole image. Where areas overlap, the higher value counts. */
  mergeInto(mask: Uint8Array, imageSize: Size): void {
    const { left, top, width, height } = this.#area;
    for (let y = 0; y < height; y += 1) {
      const to = (top + y) * imageSize.width + left;
      for (let x = 0; x < width; x += 1) {
        const mean = Math.round((this.#sums[y * width + x] ?? 0) / this.#count);
        if (mean > (mask[to + x] ?? 0)) mask[to + x] = mean;
      }
    }
  }
}

/** Applies the inverse of the compositor's smoothstep, so that the compositor reproduces the mask. */
export function invertStep(mask: Uint8Array): Uint8Array {
  const table = Uint8Array.from({ length: 256 }, (_, value) =>
    Math.round(255 * inverseSmoothstep(value / 255)),
  );
  return mask.map((value) => table[value] ?? 0);
}

/** The probability with a smoothstep of `alpha`, by bisection. */
function inverseSmoothstep(alpha: number): number {
  const [begin, end] = STEP;
  if (alpha <= 0) return 0;
  if (alpha >= 1) return 1;
  let [low, high] = [0, 1];
  for (let bit = 0; bit < 16; bit += 1) {
    const middle = (low + high) / 2;
    if (middle * middle * (3 - 2 * middle) < alpha) low = middle;
    else high = middle;
  }
  return begin + (end - begin) * low;
}

/** Converts a mask to an opaque grayscale image: the person is white, the background black. */
export async function toGrayscaleImage(mask: Uint8Array, { width, height }: Size): Promise<ImageBitmap> {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  // Equal color channels and opaque alpha, so the result does not depend on the byte order of the channels.
  for (let index = 0; index < mask.length; index += 1)
    pixels[index] = 0xff000000 | ((mask[index] ?? 0) * 0x010101);
  return createImageBitmap(image);
}
