import { NEUTRAL, parseHexColor } from './color.js';
import type { Effect } from './effect.js';

/**
 * The hiding picture where no engine can make one: the effect's colour, nothing at all where the effect is
 * transparent, else a dark grey. Needs no GPU device of ours.
 */
export function plainPicture(width: number, height: number, effect: Effect): ImageBitmap {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context && effect.kind !== 'transparent') {
    const [red, green, blue] = (effect.kind === 'color' && parseHexColor(effect.color)) || NEUTRAL;
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(0, 0, width, height);
  }
  return canvas.transferToImageBitmap();
}
