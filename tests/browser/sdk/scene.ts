import astronautUrl from '../../data/astronaut.png?url';

/** A rectangle of a frame, in shares of its width and height. */
export interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Always the marker in {@link drawScene}. */
export const BACKGROUND: readonly Region[] = [
  { left: 0.02, top: 0.05, width: 0.14, height: 0.4 },
  { left: 0.84, top: 0.05, width: 0.14, height: 0.4 },
];

/** Always the person in {@link drawScene}: the shoulder and the face; of the badge the network is not sure. */
export const PERSON: readonly Region[] = [
  { left: 0.36, top: 0.5, width: 0.1, height: 0.12 },
  { left: 0.445, top: 0.19, width: 0.045, height: 0.12 },
];

/** The two colours of the marker, which nothing else in the scene comes near. */
const MARKER = ['#ff00ff', '#00ff00'];
const SQUARE = 20;

let astronaut: Promise<ImageBitmap> | undefined;

/** The photograph in the middle of the scene. */
export function loadAstronaut(): Promise<ImageBitmap> {
  astronaut ??= fetch(astronautUrl)
    .then((response) => response.blob())
    .then((blob) => createImageBitmap(blob));
  return astronaut;
}

/**
 * The astronaut, who sways, between loud checkerboards: where their colours show in a result, the camera's background
 * does. `time` is in seconds.
 */
export function drawScene(context: CanvasRenderingContext2D, person: ImageBitmap, time: number): void {
  const { width, height } = context.canvas;
  for (const [index, colour] of MARKER.entries()) {
    context.fillStyle = colour;
    for (let y = 0; y < height; y += SQUARE) {
      const first = ((y / SQUARE + index) % 2) * SQUARE;
      for (let x = first; x < width; x += 2 * SQUARE) context.fillRect(x, y, SQUARE, SQUARE);
    }
  }
  const side = height;
  const x = (width - side) / 2 + 0.02 * width * Math.sin(time * 2);
  context.drawImage(person, x, 0, side, side);
}

/** A picture of {@link drawScene} that stands still, at the time 0, in a share of its light. */
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

/** How many pixels have, nearly, a colour of the marker. */
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

/** The pixels of one region of a picture. */
export function cut(picture: ImageData, { left, top, width, height }: Region): ImageData {
  const [x, y] = [Math.round(left * picture.width), Math.round(top * picture.height)];
  const part = new ImageData(Math.round(width * picture.width), Math.round(height * picture.height));
  for (let row = 0; row < part.height; row += 1) {
    const from = ((y + row) * picture.width + x) * 4;
    part.data.set(picture.data.subarray(from, from + part.width * 4), row * part.width * 4);
  }
  return part;
}

/** Mean absolute difference of two pictures of one size, in levels of 0 to 255; alpha does not count. */
export function meanDifference(a: ImageData, b: ImageData): number {
  if (a.width !== b.width || a.height !== b.height) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let index = 0; index < a.data.length; index += 1) {
    if (index % 4 !== 3) sum += Math.abs((a.data[index] ?? 0) - (b.data[index] ?? 0));
  }
  return sum / (a.width * a.height * 3);
}

/** A grey frame in a camera's format, which is copied out of memory as it is: those of canvases may be drawn first. */
export function cameraFrame(width: number, height: number): VideoFrame {
  const pixels = new Uint8Array((width * height * 3) / 2).fill(128);
  return new VideoFrame(pixels, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: 0 });
}
