import type { Background } from './background.js';
import { NEUTRAL } from './color.js';

/**
 * Draws a placeholder image without the engine: the background's color, transparent for a transparent background, or else dark gray.
 * Needs no GPU device of the package.
 */
export function placeholderImage(width: number, height: number, background: Background): ImageBitmap {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context && background.kind !== 'transparent') {
    const [red, green, blue] = background.kind === 'color' ? background.color : NEUTRAL;
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(0, 0, width, height);
  }
  return canvas.transferToImageBitmap();
}
