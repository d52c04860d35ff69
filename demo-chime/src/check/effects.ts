/** The effects that a check tests, and their expected results. */
import type { Effect } from 'cyclorama';
import clipUrl from '/clip.webm?url';
import { hills } from '../shared/effects';
import { alphaOf, makeCanvas, pixelsOf, wallContrast, wallDifference } from './scene';

/** A color that occurs neither in the person nor in the wall. */
export const COLOR = '#1f7a5c';

/** The largest difference of the background from the expected one, in levels of 0 to 255. */
const TOLERANCE = 8;

export interface CheckedEffect {
  title: string;
  effect: Effect;
  /** Returns what is wrong with a result, other than a missing person or a visible wall. `undefined` if it is right. */
  inspect(image: ImageBitmap, pixels: ImageData): Promise<string | undefined> | string | undefined;
}

export const effects = {
  color: {
    title: 'Color, from the first frame',
    effect: { kind: 'color', color: COLOR },
    inspect: (_, pixels) => isColor(pixels),
  },
  image: {
    title: 'Image',
    effect: { kind: 'image', source: hills() },
    inspect: (_, pixels) => isHills(pixels),
  },
  video: {
    title: 'Video',
    effect: { kind: 'video', source: new URL(clipUrl, document.baseURI) },
    inspect: (_, pixels) => (wallContrast(pixels) < 60 ? 'the video is not visible' : undefined),
  },
  blur: {
    title: 'Blur',
    effect: { kind: 'blur', strength: 'high' },
    inspect: () => undefined,
  },
  transparent: {
    title: 'Transparent',
    effect: { kind: 'transparent' },
    inspect(image) {
      const { wall, person } = alphaOf(image);
      if (wall > TOLERANCE) return `the wall has an alpha of ${wall.toFixed()}`;
      return person < 255 - TOLERANCE ? `the person has an alpha of ${person.toFixed()}` : undefined;
    },
  },
} as const satisfies Record<string, CheckedEffect>;

function isColor(pixels: ImageData): string | undefined {
  const { canvas, context } = makeCanvas(pixels.width, pixels.height);
  context.fillStyle = COLOR;
  context.fillRect(0, 0, canvas.width, canvas.height);
  return differs(pixels, context.getImageData(0, 0, canvas.width, canvas.height));
}

let hillsImage: Promise<ImageBitmap> | undefined;

async function isHills(pixels: ImageData): Promise<string | undefined> {
  hillsImage ??= fetch(hills())
    .then((response) => response.blob())
    .then((blob) => createImageBitmap(blob));
  // Both are 16:9.
  return differs(pixels, pixelsOf(await hillsImage, pixels.width, pixels.height));
}

function differs(pixels: ImageData, expected: ImageData): string | undefined {
  const difference = wallDifference(pixels, expected);
  if (difference <= TOLERANCE) return undefined;
  return `the background differs by ${difference.toFixed()} levels from the expected one`;
}
