/** Red, green and blue, 0 to 255 each, sRGB-encoded. */
export type Rgb = [red: number, green: number, blue: number];

/**
 * What a frame shows that may not show the camera and has no colour of its own: a dark grey, so that a hidden
 * picture can be told from a broken one.
 */
export const NEUTRAL: Rgb = [32, 33, 36];

/**
 * What depends on the page or on what its user has chosen for the system, all of which a canvas takes. An escape could spell any
 * of it.
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
 * Reads any colour of CSS, over black where it can be seen through: names and functions where there is a canvas, digits
 * everywhere. `undefined` for what is no colour, or depends on the page or the system, as `currentcolor` does.
 */
export function parseColor(color: string): Rgb | undefined {
  const text = color.trim();
  if (text.startsWith('#')) return parseHexColor(text);
  return DEPENDENT.test(text) ? undefined : paint(text);
}

/** A colour as `#rrggbb`. */
export function hexColor([red, green, blue]: Rgb): string {
  return `#${((red << 16) | (green << 8) | blue).toString(16).padStart(6, '0')}`;
}

/** Reads `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`, over black; anything else is `undefined`. */
export function parseHexColor(color: string): Rgb | undefined {
  const digits = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(color)?.[1];
  if (!digits) return undefined;
  const long = digits.length < 6 ? digits.replace(/./g, '$&$&') : digits;
  const [red = 0, green = 0, blue = 0, alpha = 255] = [...long.matchAll(/../g)].map(([pair]) =>
    Number.parseInt(pair, 16),
  );
  return [red, green, blue].map((part) => Math.round((part * alpha) / 255)) as Rgb;
}

/** Kept, as sliders ask for many colours. */
let canvas: OffscreenCanvasRenderingContext2D | null | undefined;

/** Has a canvas read a colour. */
function paint(color: string): Rgb | undefined {
  if (typeof OffscreenCanvas === 'undefined') return undefined;
  canvas ??= new OffscreenCanvas(1, 1).getContext('2d', { alpha: false, willReadFrequently: true });
  const context = canvas;
  if (!context) return undefined;
  // What is no colour leaves a canvas with the one that it had.
  const [first, second] = ['#000000', '#ffffff'].map((before) => {
    context.fillStyle = before;
    context.fillStyle = color;
    return String(context.fillStyle);
  });
  if (first === undefined || first !== second) return undefined;
  // Opaque colours of sRGB come back as digits. Pixels are for the others: some browsers blur those against fingerprinting.
  const exact = parseHexColor(first);
  if (exact) return exact;
  context.fillStyle = '#000000';
  context.fillRect(0, 0, 1, 1);
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
