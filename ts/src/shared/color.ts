/** Red, green and blue, 0 to 255 each, sRGB-encoded. */
export type Rgb = [red: number, green: number, blue: number];

/** Color of placeholder frames without a background color: a dark gray, which differs from a black, broken frame. */
export const NEUTRAL: Rgb = [32, 33, 36];

/**
 * Matches CSS colors that depend on the page or the system settings, which a canvas accepts. Also matches escapes, because they can
 * spell any of these names.
 */
const DEPENDENT = new RegExp(
  `\\\\|(^|[^\\w-])(${[
    'currentcolor|light-dark|-(apple|internal|moz|ms|system|webkit)-[\\w-]*',
    'accentcolor(text)?|activetext|button(border|face|text)|canvas(text)?|field(text)?|graytext|highlight(text)?',
    'linktext|mark(text)?|selecteditem(text)?|visitedtext',
    'active(border|caption)|appworkspace|background|button(highlight|shadow)|captiontext|inactive(border|caption(text)?)',
    'info(background|text)|menu(text)?|scrollbar|threed(darkshadow|face|highlight|lightshadow|shadow)|window(frame|text)?',
  ].join('|')})($|[^\\w-])`,
  'i',
);

/**
 * Parses a CSS color. Blends a translucent color over black. Names and functions need a canvas, hexadecimal colors do not.
 *
 * @returns `undefined` for an invalid color, and for one that depends on the page or the system, such as `currentcolor`
 */
export function parseColor(color: string): Rgb | undefined {
  const text = color.trim();
  if (text.startsWith('#')) return parseHexColor(text);
  return DEPENDENT.test(text) ? undefined : paint(text);
}

/** Formats a color as `#rrggbb`. */
export function hexColor([red, green, blue]: Rgb): string {
  return `#${((red << 16) | (green << 8) | blue).toString(16).padStart(6, '0')}`;
}

/** Parses `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`, blended over black. Returns `undefined` for anything else. */
export function parseHexColor(color: string): Rgb | undefined {
  const digits = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(color)?.[1];
  if (!digits) return undefined;
  const long = digits.length < 6 ? digits.replace(/./g, '$&$&') : digits;
  const [red = 0, green = 0, blue = 0, alpha = 255] = [...long.matchAll(/../g)].map(([pair]) =>
    Number.parseInt(pair, 16),
  );
  return [red, green, blue].map((part) => Math.round((part * alpha) / 255)) as Rgb;
}

/** The canvas context for parsing. It is reused, because color pickers and sliders parse many colors. */
let canvas: OffscreenCanvasRenderingContext2D | null | undefined;

/** Parses a color with a canvas. */
function paint(color: string): Rgb | undefined {
  if (typeof OffscreenCanvas === 'undefined') return undefined;
  canvas ??= new OffscreenCanvas(1, 1).getContext('2d', { alpha: false, willReadFrequently: true });
  const context = canvas;
  if (!context) return undefined;
  // A canvas ignores an invalid color and keeps the previous one.
  const [first, second] = ['#000000', '#ffffff'].map((previous) => {
    context.fillStyle = previous;
    context.fillStyle = color;
    return String(context.fillStyle);
  });
  if (first === undefined || first !== second) return undefined;
  // A canvas returns opaque sRGB colors in hexadecimal form. Read pixels only for other colors, because some browsers add noise to them
  // against fingerprinting.
  const exact = parseHexColor(first);
  if (exact) return exact;
  context.fillStyle = '#000000';
  context.fillRect(0, 0, 1, 1);
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
