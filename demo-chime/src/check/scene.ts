/** A known frame, and its comparison with a result: a person in front of a wall with two marker colors. */
import astronautUrl from '/astronaut.jpg?url';

/** A rectangle of a frame, as fractions of its width and height. */
interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Regions that show only the wall. */
const WALL: readonly Region[] = [
  { left: 0.02, top: 0.05, width: 0.14, height: 0.4 },
  { left: 0.84, top: 0.05, width: 0.14, height: 0.4 },
];

/** Regions that show only the person: a shoulder and the face. */
const PERSON: readonly Region[] = [
  { left: 0.36, top: 0.5, width: 0.1, height: 0.12 },
  { left: 0.445, top: 0.19, width: 0.045, height: 0.12 },
];

/** The two colors of the wall. No other color of the scene is close to them. */
const MARKER = ['#ff00ff', '#00ff00'];

let astronaut: Promise<ImageBitmap> | undefined;

function loadAstronaut(): Promise<ImageBitmap> {
  astronaut ??= fetch(astronautUrl)
    .then((response) => response.blob())
    .then((blob) => createImageBitmap(blob));
  return astronaut;
}

/**
 * The scene on a canvas.
 *
 * @param light brightness of the scene, from 0 to 1.
 */
export async function paintScene(width: number, height: number, light = 1): Promise<HTMLCanvasElement> {
  const person = await loadAstronaut();
  const { canvas, context } = makeCanvas(width, height);
  const side = height / 18;
  for (let row = 0; row * side < height; row += 1) {
    for (let column = 0; column * side < width; column += 1) {
      context.fillStyle = MARKER[(row + column) % 2] ?? '';
      context.fillRect(Math.round(column * side), Math.round(row * side), Math.ceil(side), Math.ceil(side));
    }
  }
  context.drawImage(person, (width - height) / 2, 0, height, height);
  context.fillStyle = `rgb(0 0 0 / ${1 - light})`;
  context.fillRect(0, 0, width, height);
  return canvas;
}

/** A canvas with its 2D context. */
export function makeCanvas(width: number, height: number) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('the browser provides no 2D context');
  return { canvas, context };
}

/** The pixels of an image as a viewer sees them: over black. */
export function pixelsOf(image: CanvasImageSource, width: number, height: number): ImageData {
  const { context } = makeCanvas(width, height);
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/** The alpha channel's mean in the wall and in the person, in levels of 0 to 255. */
export function alphaOf(image: ImageBitmap): { wall: number; person: number } {
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('the browser provides no 2D context');
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height);
  const mean = (regions: readonly Region[]) => {
    let [sum, count] = [0, 0];
    for (const at of regions.flatMap((region) => offsets(pixels, region))) {
      sum += pixels.data[at + 3] ?? 0;
      count += 1;
    }
    return sum / count;
  };
  return { wall: mean(WALL), person: mean(PERSON) };
}

/** The difference between a result and its scene. */
export interface Difference {
  /** Mean difference of the person from the scene, in levels of 0 to 255: the greater of shoulder and face. */
  person: number;
  /** Pixels with a color of the wall, as a fraction of those in the scene. */
  wall: number;
}

/** Compares a result with its scene. Both have the same size. */
export function compare(result: ImageData, scene: ImageData): Difference {
  const person = Math.max(...PERSON.map((region) => difference(result, scene, region)));
  return { person, wall: countMarker(result) / Math.max(1, countMarker(scene)) };
}

/** Mean difference of two images in the wall, in levels of 0 to 255. */
export function wallDifference(result: ImageData, expected: ImageData): number {
  return Math.max(...WALL.map((region) => difference(result, expected, region)));
}

/** The greatest difference between any two pixels, in levels of any channel. */
export function contrast(pixels: ImageData): number {
  return spread(pixels.data, offsets(pixels, { left: 0, top: 0, width: 1, height: 1 }));
}

/** The greatest difference within the wall. */
export function wallContrast(pixels: ImageData): number {
  return Math.max(...WALL.map((region) => spread(pixels.data, offsets(pixels, region))));
}

function spread(data: ImageData['data'], places: readonly number[]): number {
  let most = 0;
  for (let channel = 0; channel < 3; channel += 1) {
    let [low, high] = [255, 0];
    for (const at of places) {
      const level = data[at + channel] ?? 0;
      if (level < low) low = level;
      if (level > high) high = level;
    }
    most = Math.max(most, high - low);
  }
  return most;
}

function difference(one: ImageData, other: ImageData, region: Region): number {
  if (one.width !== other.width || one.height !== other.height) return Number.POSITIVE_INFINITY;
  let [sum, count] = [0, 0];
  for (const at of offsets(one, region)) {
    for (let channel = 0; channel < 3; channel += 1) {
      sum += Math.abs((one.data[at + channel] ?? 0) - (other.data[at + channel] ?? 0));
      count += 1;
    }
  }
  return sum / count;
}

/** The offsets of a region's pixels in an image's data. */
function offsets(image: Pick<ImageData, 'width' | 'height'>, { left, top, width, height }: Region): number[] {
  const [x, y] = [Math.round(left * image.width), Math.round(top * image.height)];
  const [columns, rows] = [Math.round(width * image.width), Math.round(height * image.height)];
  const found: number[] = [];
  for (let row = y; row < y + rows; row += 1) {
    for (let column = x; column < x + columns; column += 1) found.push((row * image.width + column) * 4);
  }
  return found;
}

function countMarker({ data }: ImageData): number {
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
    const magenta = red > 200 && green < 60 && blue > 200;
    const lime = red < 60 && green > 200 && blue < 60;
    if (magenta || lime) count += 1;
  }
  return count;
}
