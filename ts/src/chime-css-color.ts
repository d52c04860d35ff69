import { parseHexColor } from './color.js';
import { CycloramaError } from './errors.js';

/**
 * `#rgb` or `#rrggbb` for any colour that CSS has a name or a function for, over black where it can be seen through;
 * `undefined` for what is none.
 *
 * @throws {CycloramaError} `unsupported` where names of colours cannot be read
 */
export function toHexColor(color: string): string | undefined {
  // As the SDK, which takes no digits for alpha.
  if (color.includes('#')) return parseHexColor(color) && color;
  const context =
    typeof OffscreenCanvas === 'undefined'
      ? null
      : new OffscreenCanvas(1, 1).getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) {
    throw new CycloramaError(
      'unsupported',
      `the colour "${color}" cannot be read here: there is no 2D OffscreenCanvas`,
    );
  }
  // What is no colour leaves a canvas with the one that it had.
  const [first, second] = ['#000000', '#ffffff'].map((before) => {
    context.fillStyle = before;
    context.fillStyle = color;
    return context.fillStyle;
  });
  if (first !== second) return undefined;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return `#${((red << 16) | (green << 8) | blue).toString(16).padStart(6, '0')}`;
}
