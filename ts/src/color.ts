/** Red, green and blue, 0 to 255 each, sRGB-encoded. */
export type Rgb = [red: number, green: number, blue: number];

/**
 * What a frame shows that may not show the camera and has no colour of its own: a dark grey, so that a hidden
 * picture can be told from a broken one.
 */
export const NEUTRAL: Rgb = [32, 33, 36];

/** Reads `#rgb` or `#rrggbb`; anything else is `undefined`. */
export function parseHexColor(color: string): Rgb | undefined {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(color)?.[1];
  if (!digits) return undefined;
  const long = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  const value = Number.parseInt(long, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
