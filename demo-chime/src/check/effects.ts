/** The effects that a check goes through, and what each has to look like. */
import type { Effect } from 'cyclorama';
import clipUrl from '/clip.webm?url';
import { hills } from '../effects';
import { alphaOf, makeCanvas, pixelsOf, wallContrast, wallDifference } from './scene';

/** A color that neither person nor wall has. */
export const COLOR = '#1f7a5c';

/** How far the wall may be from what has to be there, in levels of 0 to 255. */
const TOLERANCE = 8;

export interface CheckedEffect {
  title: string;
  effect: Effect;
  /** What is wrong with a result, beyond a missing person or a visible wall; `undefined` where nothing is. */
  look(image: ImageBitmap, pixels: ImageData): Promise<string | undefined> | string | undefined;
}

export const effects = {
  color: {
    title: 'Color, from the first frame',
    effect: { kind: 'color', color: COLOR },
    look: (_, pixels) => isColor(pixels),
  },
  image: {
    title: 'Image',
    effect: { kind: 'image', source: hills() },
    look: (_, pixels) => isHills(pixels),
  },
  video: {
    title: 'Video',
    effect: { kind: 'video', source: new URL(clipUrl, document.baseURI) },
    look: (_, pixels) => (wallContrast(pixels) < 60 ? 'the video does not show' : undefined),
  },
  blur: {
    title: 'Blur',
    effect: { kind: 'blur', strength: 'high' },
    look: () => undefined,
  },
  transparent: {
    title: 'Transparent',
    effect: { kind: 'transparent' },
    look(image) {
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

let picture: Promise<ImageBitmap> | undefined;

async function isHills(pixels: ImageData): Promise<string | undefined> {
  picture ??= fetch(hills())
    .then((response) => response.blob())
    .then((blob) => createImageBitmap(blob));
  // Both are 16:9.
  return differs(pixels, pixelsOf(await picture, pixels.width, pixels.height));
}

function differs(pixels: ImageData, expected: ImageData): string | undefined {
  const difference = wallDifference(pixels, expected);
  if (difference <= TOLERANCE) return undefined;
  return `the background differs by ${difference.toFixed()} levels from what it has to show`;
}
