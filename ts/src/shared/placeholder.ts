import type { Background } from './background.js';
import { NEUTRAL } from './color.js';

/**
 * The hiding picture where no engine can make one: the background's colour, nothing at all where that is
 * transparent, else a dark grey. Needs no GPU device of ours.
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
