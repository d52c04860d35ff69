import { hexColor, parseColor } from '../../shared/color.js';

/**
 * `#rgb` or `#rrggbb` for what the SDK takes for a colour: any of CSS, over black where it can be seen through, but no digits for alpha.
 * `undefined` for what is none.
 */
export function toHexColor(color: string): string | undefined {
  if (/^\s*#(.{4}|.{8})\s*$/.test(color)) return undefined;
  const parsed = parseColor(color);
  return parsed && (color.startsWith('#') ? color : hexColor(parsed));
}
