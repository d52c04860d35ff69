/** Frames in memory, in the formats of cameras. */

/** A pixel format that {@link frameOf} makes. */
export type RawFormat = 'I420' | 'NV12' | 'RGBA' | 'BGRA';

/** BT.709 with limited range, as cameras deliver it. Browsers assume different color spaces for a frame that names none. */
const colorSpace = { matrix: 'bt709', primaries: 'bt709', transfer: 'bt709', fullRange: false } as const;

/** The properties of a frame without its pixels. `rotation` is clockwise, in degrees. */
export interface RawInit {
  /** In microseconds. */
  timestamp: number;
  duration?: number;
  rotation?: 0 | 90 | 180 | 270;
}

/** A frame with the colors of an image. */
export function frameOf(image: ImageData, format: RawFormat, init: RawInit): VideoFrame {
  const { width: codedWidth, height: codedHeight } = image;
  const size = { format, codedWidth, codedHeight, ...init };
  switch (format) {
    case 'RGBA':
      return new VideoFrame(new Uint8Array(image.data), size);
    case 'BGRA':
      return new VideoFrame(swapRedAndBlue(image.data), size);
    case 'I420':
      return new VideoFrame(planesOf(image), { ...size, colorSpace });
    case 'NV12':
      return new VideoFrame(interleaveChroma(planesOf(image), codedWidth * codedHeight), {
        ...size,
        colorSpace,
      });
  }
}

/** I420 of BT.709 with limited range: Y, then U, then V. A chroma sample is the mean of up to four pixels. */
export function planesOf({ width, height, data }: ImageData): Uint8Array<ArrayBuffer> {
  const [chromaWidth, chromaHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const [u, v] = [width * height, width * height + chromaWidth * chromaHeight];
  const sums = new Float32Array(3 * chromaWidth * chromaHeight);
  const planes = new Uint8Array(v + chromaWidth * chromaHeight);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 4) {
      const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]];
      const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      planes[y * width + x] = Math.round(16 + (luma * 219) / 255);
      const sample = 3 * ((y >> 1) * chromaWidth + (x >> 1));
      sums[sample] = (sums[sample] ?? 0) + (blue - luma) / 1.8556;
      sums[sample + 1] = (sums[sample + 1] ?? 0) + (red - luma) / 1.5748;
      sums[sample + 2] = (sums[sample + 2] ?? 0) + 1;
    }
  }
  for (let sample = 0; sample < chromaWidth * chromaHeight; sample += 1) {
    const [blue = 0, red = 0, count = 1] = sums.subarray(3 * sample, 3 * sample + 3);
    planes[u + sample] = Math.round(128 + ((blue / count) * 224) / 255);
    planes[v + sample] = Math.round(128 + ((red / count) * 224) / 255);
  }
  return planes;
}

function interleaveChroma(planes: Uint8Array<ArrayBuffer>, lumaLength: number): Uint8Array<ArrayBuffer> {
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
