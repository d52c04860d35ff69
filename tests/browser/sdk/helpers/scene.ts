import astronautUrl from '../../../data/astronaut.png?url';

/** A rectangle of a frame, in fractions of its width and height. */
export interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Regions that always show the marker in {@link drawScene}. */
export const BACKGROUND: readonly Region[] = [
  { left: 0.02, top: 0.05, width: 0.14, height: 0.4 },
  { left: 0.84, top: 0.05, width: 0.14, height: 0.4 },
];

/** Regions that always show the person in {@link drawScene}: the shoulder and the face. The model is uncertain about the badge. */
export const PERSON: readonly Region[] = [
  { left: 0.36, top: 0.5, width: 0.1, height: 0.12 },
  { left: 0.445, top: 0.19, width: 0.045, height: 0.12 },
];

/** The two colors of the marker. Nothing else in the scene has similar colors. */
const MARKER = ['#ff00ff', '#00ff00'];
const SQUARE = 20;

let astronaut: Promise<ImageBitmap> | undefined;

/** The photo in the middle of the scene. */
export function loadAstronaut(): Promise<ImageBitmap> {
  astronaut ??= fetch(astronautUrl)
    .then((response) => response.blob())
    .then((blob) => createImageBitmap(blob));
  return astronaut;
}

/**
 * The astronaut, who sways, between bright checkerboards. Where a result shows their colors, it shows the camera's background.
 * `time` is in seconds.
 */
export function drawScene(context: CanvasRenderingContext2D, person: ImageBitmap, time: number): void {
  const { width, height } = context.canvas;
  for (const [index, color] of MARKER.entries()) {
    context.fillStyle = color;
    for (let y = 0; y < height; y += SQUARE) {
      const first = ((y / SQUARE + index) % 2) * SQUARE;
      for (let x = first; x < width; x += 2 * SQUARE) context.fillRect(x, y, SQUARE, SQUARE);
    }
  }
  const side = height;
  const x = (width - side) / 2 + 0.02 * width * Math.sin(time * 2);
  context.drawImage(person, x, 0, side, side);
}

/** A still image of {@link drawScene} at the time 0, with a fraction of its light. */
export async function paintScene(width = 640, height = 360, light = 1): Promise<HTMLCanvasElement> {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('there is no 2D context for the scene');
  drawScene(context, await loadAstronaut(), 0);
  context.fillStyle = `rgb(0 0 0 / ${1 - light})`;
  context.fillRect(0, 0, width, height);
  return canvas;
}

/** How many pixels are close to a color of the marker. */
export function countMarker({ data }: ImageData): number {
  let count = 0;
  for (let index = 0; index < data.length; index += 4) {
    const [red = 0, green = 0, blue = 0] = data.subarray(index, index + 3);
    const magenta = red > 200 && green < 60 && blue > 200;
    const lime = red < 60 && green > 200 && blue < 60;
    if (magenta || lime) count += 1;
  }
  return count;
}

/** The pixels of one region of an image. */
export function cut(image: ImageData, { left, top, width, height }: Region): ImageData {
  const [x, y] = [Math.round(left * image.width), Math.round(top * image.height)];
  const part = new ImageData(Math.round(width * image.width), Math.round(height * image.height));
  for (let row = 0; row < part.height; row += 1) {
    const from = ((y + row) * image.width + x) * 4;
    part.data.set(image.data.subarray(from, from + part.width * 4), row * part.width * 4);
  }
  return part;
}

/** Mean absolute difference of two images of the same size, in levels of 0 to 255, without alpha. */
export function meanDifference(a: ImageData, b: ImageData): number {
  if (a.width !== b.width || a.height !== b.height) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let index = 0; index < a.data.length; index += 1) {
    if (index % 4 !== 3) sum += Math.abs((a.data[index] ?? 0) - (b.data[index] ?? 0));
  }
  return sum / (a.width * a.height * 3);
}

/** A gray frame in a camera's format. Engines copy it from memory unchanged, while they may draw frames of a canvas first. */
export function cameraFrame(width: number, height: number): VideoFrame {
  const pixels = new Uint8Array((width * height * 3) / 2).fill(128);
  return new VideoFrame(pixels, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: 0 });
}
