/** Frames in the formats of cameras, whose colors are computed here and not by the browser. */

/** A pixel format of cameras, and its color space. */
export interface CameraFormat {
  readonly format: 'I420' | 'NV12' | 'RGBA' | 'BGRA';
  readonly matrix?: 'smpte170m' | 'bt709';
  readonly fullRange?: boolean;
}

/** The weights of red and blue in luma. */
const WEIGHTS = { smpte170m: [0.299, 0.114], bt709: [0.2126, 0.0722] } as const;

/** Converts opaque pixels of even sides to a frame. */
export function toVideoFrame(
  { data, width, height }: ImageData,
  { format, matrix, fullRange = false }: CameraFormat,
  timestamp: number,
): VideoFrame {
  const init = { format, codedWidth: width, codedHeight: height, timestamp };
  if (!matrix) return new VideoFrame(format === 'BGRA' ? swapped(data) : data, init);
  const [red, blue] = WEIGHTS[matrix];
  const [lumaRange, chromaRange, black] = fullRange ? [255, 255, 0] : [219, 224, 16];
  const luma = new Uint8Array(width * height);
  // Sums of four pixels.
  const [cb, cr] = [new Float32Array(luma.length / 4), new Float32Array(luma.length / 4)];
  for (let at = 0; at < luma.length; at += 1) {
    const [r = 0, g = 0, b = 0] = data.subarray(at * 4, at * 4 + 3);
    const y = red * r + (1 - red - blue) * g + blue * b;
    luma[at] = Math.round(black + (lumaRange * y) / 255);
    const chroma = ((at % width) >> 1) + (width / 2) * (Math.floor(at / width) >> 1);
    cb[chroma] = (cb[chroma] ?? 0) + (b - y) / (2 * (1 - blue));
    cr[chroma] = (cr[chroma] ?? 0) + (r - y) / (2 * (1 - red));
  }
  const sample = (sum: number) => Math.min(255, Math.max(0, Math.round(128 + (chromaRange * sum) / 4 / 255)));
  const [blues, reds] = [Array.from(cb, sample), Array.from(cr, sample)];
  const chroma =
    format === 'NV12' ? blues.flatMap((value, at) => [value, reds[at] ?? 0]) : [...blues, ...reds];
  const bytes = new Uint8Array(luma.length + chroma.length);
  bytes.set(luma);
  bytes.set(chroma, luma.length);
  const colorSpace = { matrix, primaries: 'bt709', transfer: 'bt709', fullRange } as const;
  return new VideoFrame(bytes, { ...init, colorSpace });
}

function swapped(data: Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from(
    data,
    (level, at) => data[at % 4 === 0 ? at + 2 : at % 4 === 2 ? at - 2 : at] ?? level,
  );
}
