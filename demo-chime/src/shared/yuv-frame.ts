/** BT.709 with limited range, as cameras deliver it. */
const colorSpace = { matrix: 'bt709', primaries: 'bt709', transfer: 'bt709', fullRange: false } as const;

/**
 * An I420 frame in memory, like a camera's, with the colors of an image. A chroma sample has the color of the upper left pixel of its
 * square, so that the result does not depend on a filter.
 *
 * @param timestamp in microseconds
 */
export function yuvFrame({ width, height, data }: ImageData, timestamp = 0): VideoFrame {
  const [chromaWidth, chromaHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const u = width * height;
  const v = u + chromaWidth * chromaHeight;
  const planes = new Uint8Array(v + chromaWidth * chromaHeight);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 4) {
      const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]];
      const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      planes[y * width + x] = Math.round(16 + (luma * 219) / 255);
      if (y % 2 || x % 2) continue;
      const sample = (y / 2) * chromaWidth + x / 2;
      planes[u + sample] = Math.round(128 + (((blue - luma) / 1.8556) * 224) / 255);
      planes[v + sample] = Math.round(128 + (((red - luma) / 1.5748) * 224) / 255);
    }
  }
  return new VideoFrame(planes, {
    format: 'I420',
    codedWidth: width,
    codedHeight: height,
    timestamp,
    colorSpace,
  });
}
