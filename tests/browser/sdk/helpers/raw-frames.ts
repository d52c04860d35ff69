/** Frames in memory, in the formats of cameras. */

/** A pixel format that {@link frameOf} makes. */
export type RawFormat = 'I420' | 'NV12' | 'RGBA' | 'BGRA';

/** The encoding of I420 and NV12. By default BT.709 with limited range, as cameras deliver it. */
interface Encoding {
  readonly matrix?: keyof typeof WEIGHTS;
  readonly fullRange?: boolean;
}

/** The weights of red and blue in luma. */
const WEIGHTS = { smpte170m: [0.299, 0.114], bt709: [0.2126, 0.0722] } as const;

/** The properties of a frame without its pixels. `rotation` is clockwise, in degrees. */
export interface RawInit extends Encoding {
  /** In microseconds. */
  readonly timestamp: number;
  readonly duration?: number;
  readonly rotation?: 0 | 90 | 180 | 270;
}

/** A frame with the colors of an image. */
export function frameOf(image: ImageData, format: RawFormat, init: RawInit): VideoFrame {
  const { width: codedWidth, height: codedHeight } = image;
  const { matrix = 'bt709', fullRange = false, ...given } = init;
  const properties = { ...given, format, codedWidth, codedHeight };
  if (format === 'RGBA') return new VideoFrame(image.data, properties);
  if (format === 'BGRA') return new VideoFrame(swapRedAndBlue(image.data), properties);
  const planes = planesOf(image, { matrix, fullRange });
  const bytes = format === 'I420' ? planes : interleaveChroma(planes, codedWidth * codedHeight);
  // Browsers assume different color spaces for a frame that names none.
  const colorSpace = { matrix, primaries: 'bt709', transfer: 'bt709', fullRange } as const;
  return new VideoFrame(bytes, { ...properties, colorSpace });
}

/** I420: Y, then U, then V. A chroma sample is the mean of up to four pixels. */
function planesOf(
  { width, height, data }: ImageData,
  { matrix, fullRange }: Required<Encoding>,
): Uint8ClampedArray<ArrayBuffer> {
  const [redWeight, blueWeight] = WEIGHTS[matrix];
  const [black, lumaRange, chromaRange] = fullRange ? [0, 255, 255] : [16, 219, 224];
  const [chromaWidth, chromaHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const [u, v] = [width * height, width * height + chromaWidth * chromaHeight];
  const sums = new Float32Array(3 * chromaWidth * chromaHeight);
  // Rounds the samples.
  const planes = new Uint8ClampedArray(v + chromaWidth * chromaHeight);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 4) {
      const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]];
      const luma = redWeight * red + (1 - redWeight - blueWeight) * green + blueWeight * blue;
      planes[y * width + x] = black + (luma * lumaRange) / 255;
      const sample = 3 * ((y >> 1) * chromaWidth + (x >> 1));
      sums[sample] = (sums[sample] ?? 0) + (blue - luma) / (2 * (1 - blueWeight));
      sums[sample + 1] = (sums[sample + 1] ?? 0) + (red - luma) / (2 * (1 - redWeight));
      sums[sample + 2] = (sums[sample + 2] ?? 0) + 1;
    }
  }
  for (let sample = 0; sample < chromaWidth * chromaHeight; sample += 1) {
    const [blue = 0, red = 0, count = 1] = sums.subarray(3 * sample, 3 * sample + 3);
    planes[u + sample] = 128 + ((blue / count) * chromaRange) / 255;
    planes[v + sample] = 128 + ((red / count) * chromaRange) / 255;
  }
  return planes;
}

function interleaveChroma(
  planes: Uint8ClampedArray<ArrayBuffer>,
  lumaLength: number,
): Uint8ClampedArray<ArrayBuffer> {
  const samples = (planes.length - lumaLength) / 2;
  const interleaved = planes.slice();
  for (let sample = 0; sample < samples; sample += 1) {
    interleaved[lumaLength + 2 * sample] = planes[lumaLength + sample] ?? 0;
    interleaved[lumaLength + 2 * sample + 1] = planes[lumaLength + samples + sample] ?? 0;
  }
  return interleaved;
}

function swapRedAndBlue(pixels: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
  const swapped = new Uint8Array(pixels);
  for (let at = 0; at < swapped.length; at += 4) {
    [swapped[at], swapped[at + 2]] = [swapped[at + 2] ?? 0, swapped[at] ?? 0];
  }
  return swapped;
}
