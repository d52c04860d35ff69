/** What a frame of the far side shows. */
import { BACKGROUND, countMarker, cut, PERSON } from '../sdk/helpers/scene.js';
import { type Color, mean } from './color.js';

/** The result for one frame. */
export interface FrameContent {
  /** The size of the frame as it arrived, in pixels. */
  width: number;
  height: number;
  /** Pixels of the marker where the camera's frame shows only the marker. */
  marker: number;
  /** The mean colors of the area where the camera's frame shows only the marker, and where it shows only the person. */
  wall: Color;
  person: Color;
  /** The greatest difference of a pixel from the frame's mean color, in levels. */
  spread: number;
}

const [WIDTH, HEIGHT] = [320, 180];
let opened: OffscreenCanvasRenderingContext2D | undefined;

/** Inspects a frame in a smaller copy. */
export function inspectFrame(frame: CanvasImageSource): Omit<FrameContent, 'width' | 'height'> {
  opened ??= openCanvas();
  opened.drawImage(frame, 0, 0, WIDTH, HEIGHT);
  const pixels = opened.getImageData(0, 0, WIDTH, HEIGHT);
  const walls = BACKGROUND.map((region) => cut(pixels, region));
  return {
    marker: walls.reduce((count, wall) => count + countMarker(wall), 0),
    wall: mean(walls.map(meanColor)),
    person: mean(PERSON.map((region) => meanColor(cut(pixels, region)))),
    spread: spreadOf(pixels),
  };
}

function meanColor({ data }: ImageData): Color {
  let [red, green, blue] = [0, 0, 0];
  for (let index = 0; index < data.length; index += 4) {
    red += data[index] ?? 0;
    green += data[index + 1] ?? 0;
    blue += data[index + 2] ?? 0;
  }
  const count = data.length / 4;
  return [red / count, green / count, blue / count];
}

function spreadOf(pixels: ImageData): number {
  const color = meanColor(pixels);
  let spread = 0;
  pixels.data.forEach((level, index) => {
    const channel = index % 4;
    if (channel < 3) spread = Math.max(spread, Math.abs(level - (color[channel] ?? 0)));
  });
  return spread;
}

function openCanvas(): OffscreenCanvasRenderingContext2D {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('there is no 2D context to read frames with');
  return context;
}
