import { hexColor, parseColor } from '../../shared/color.js';

/**
 * Converts a color that the SDK accepts to `#rgb` or `#rrggbb`: any CSS color except hexadecimal digits with
 * alpha. A translucent color is drawn over black. Returns `undefined` for other text.
 */
export function toHexColor(color: string): string | undefined {
  if (/^\s*#(.{4}|.{8})\s*$/.test(color)) return undefined;
  const parsed = parseColor(color);
  return parsed && (color.startsWith('#') ? color : hexColor(parsed));
}
