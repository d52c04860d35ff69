import type { Size } from '../../shared/frame.js';
import type { Region } from './regions.js';

/** Where the step of the compositor begins and ends: kept in sync with `rust/effects/src/matte/matte.wgsl`. */
const STEP = [0.2, 0.9] as const;

/** What several looks at one area of a photograph say together: their mean, where what a look leaves out is no person. */
export class Looked {
  readonly #area: Region;
  readonly #sums: Uint16Array;
  #count = 0;

  constructor(area: Region) {
    this.#area = area;
    this.#sums = new Uint16Array(area.width * area.height);
  }

  /** Adds a look at a part of the area: how much of each of its pixels is person, 0 to 255. */
  add(alpha: Uint8Array, { left, top, width, height }: Region): void {
    this.#count += 1;
    for (let y = 0; y < height; y += 1) {
      const to = (top - this.#area.top + y) * this.#area.width + left - this.#area.left;
      for (let x = 0; x < width; x += 1) {
        this.#sums[to + x] = (this.#sums[to + x] ?? 0) + (alpha[y * width + x] ?? 0);
      }
    }
  }

  /** Puts the mean into a mask of the whole photograph; where areas overlap, the surer one counts. */
  putInto(mask: Uint8Array, photo: Size): void {
    const { left, top, width, height } = this.#area;
    for (let y = 0; y < height; y += 1) {
      const to = (top + y) * photo.width + left;
      for (let x = 0; x < width; x += 1) {
        const mean = Math.round((this.#sums[y * width + x] ?? 0) / this.#count);
        if (mean > (mask[to + x] ?? 0)) mask[to + x] = mean;
      }
    }
  }
}

/** A mask as the compositor takes it: the values that its step makes the same mask of. */
export function beforeStep(mask: Uint8Array): Uint8Array {
  const table = Uint8Array.from({ length: 256 }, (_, value) => Math.round(255 * unstep(value / 255)));
  return mask.map((value) => table[value] ?? 0);
}

/** The probability whose smooth step is `person`, by bisection. */
function unstep(person: number): number {
  const [begin, end] = STEP;
  if (person <= 0) return 0;
  if (person >= 1) return 1;
  let [low, high] = [0, 1];
  for (let bit = 0; bit < 16; bit += 1) {
    const middle = (low + high) / 2;
    if (middle * middle * (3 - 2 * middle) < person) low = middle;
    else high = middle;
  }
  return begin + (end - begin) * low;
}

/** A mask as an opaque picture: white where the person is, black elsewhere. */
export async function grey(mask: Uint8Array, { width, height }: Size): Promise<ImageBitmap> {
  const picture = new ImageData(width, height);
  const pixels = new Uint32Array(picture.data.buffer);
  // The same value in all three colours, and opaque, whatever the order of the bytes.
  for (let index = 0; index < mask.length; index += 1)
    pixels[index] = 0xff000000 | ((mask[index] ?? 0) * 0x010101);
  return createImageBitmap(picture);
}
