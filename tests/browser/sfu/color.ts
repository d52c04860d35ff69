/** Red, green and blue in levels of 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** The mean of colors. */
export function mean(colors: readonly Color[]): Color {
  const of = (channel: 0 | 1 | 2) => colors.reduce((sum, color) => sum + color[channel], 0) / colors.length;
  return [of(0), of(1), of(2)];
}

/** The greatest difference of two colors in one channel, in levels. */
export function distance(one: Color, other: Color): number {
  return Math.max(...one.map((level, channel) => Math.abs(level - (other[channel] ?? 0))));
}
