import { parseHexColor } from './color.js';
import { invalid, isRecord, oneOf } from './validation.js';

/**
 * The frame's own background, blurred.
 *
 * @example { kind: 'blur', strength: 'medium' }
 */
export interface BlurEffect {
  kind: 'blur';
  /**
   * How much: a name, or the Gaussian's standard deviation in pixels of a frame 720 pixels high (above 0, at most
   * 128). It scales with the frame, so that a picture looks the same at any resolution.
   *
   * @default 'medium'
   */
  strength?: BlurStrength | number;
}

/** `low` takes attention off the room, `medium` looks like a portrait lens, `high` leaves only colours and light. */
export type BlurStrength = 'low' | 'medium' | 'high';

/**
 * A picture.
 *
 * @example { kind: 'image', source: '/beach.jpg', fit: 'cover' }
 */
export interface ImageEffect {
  kind: 'image';
  /**
   * Where the picture comes from. An address is fetched (from another origin only where that one allows it); a
   * bitmap stays the caller's, who may close it as soon as the effect is set.
   */
  source: string | URL | Blob | ImageBitmap | HTMLImageElement;
  /**
   * How the picture lies on a frame of another shape, as in CSS `object-fit`; what `contain` leaves free is black.
   *
   * @default 'cover'
   */
  fit?: Fit;
}

/** `cover` cuts off what sticks out, `contain` shows all and leaves bars, `fill` stretches. */
export type Fit = 'cover' | 'contain' | 'fill';

/**
 * One colour.
 *
 * @example { kind: 'color', color: '#00b140' }
 */
export interface ColorEffect {
  kind: 'color';
  /** `#rgb` or `#rrggbb`. */
  color: string;
}

/**
 * Nothing: the result has an alpha channel, to be laid over something else.
 *
 * @example { kind: 'transparent' }
 */
export interface TransparentEffect {
  kind: 'transparent';
}

/**
 * The camera as it is. **Nothing is hidden.**
 *
 * @example { kind: 'none' }
 */
export interface NoEffect {
  kind: 'none';
}

/** What is shown where the person is not. */
export type Effect = BlurEffect | ImageEffect | ColorEffect | TransparentEffect | NoEffect;

/** Standard deviation of each named blur, in pixels of a frame 720 pixels high. */
const BLUR_RADIUS: Record<BlurStrength, number> = { low: 8, medium: 16, high: 32 };
const MAX_BLUR_RADIUS = 128;
const FITS: readonly Fit[] = ['cover', 'contain', 'fill'];

/**
 * Checks everything that can be told without loading the picture.
 *
 * @throws {CycloramaError} `option`, naming the option and what it may be
 */
export function checkEffect(effect: Effect): void {
  // Plain JavaScript callers have no compiler to tell them.
  const given: unknown = effect;
  if (!isRecord(given))
    throw invalid('effect', given, 'an object such as { kind: "blur", strength: "medium" }');
  switch (effect.kind) {
    case 'blur':
      blurRadius(effect);
      return;
    case 'image':
      if (!isImageSource(effect.source)) {
        throw invalid('effect.source', effect.source, 'an address, a Blob, an ImageBitmap or an <img>');
      }
      if (effect.fit !== undefined && !FITS.includes(effect.fit)) {
        throw invalid('effect.fit', effect.fit, oneOf(FITS));
      }
      return;
    case 'color':
      if (typeof effect.color !== 'string' || !parseHexColor(effect.color)) {
        throw invalid('effect.color', effect.color, 'a colour such as "#00b140"');
      }
      return;
    case 'transparent':
    case 'none':
      return;
    default:
      throw invalid('effect.kind', given.kind, oneOf(['blur', 'image', 'color', 'transparent', 'none']));
  }
}

/** The blur's standard deviation in pixels of a frame 720 pixels high. */
export function blurRadius({ strength = 'medium' }: BlurEffect): number {
  const radius = typeof strength === 'number' ? strength : BLUR_RADIUS[strength];
  if (!(radius > 0 && radius <= MAX_BLUR_RADIUS)) {
    throw invalid(
      'effect.strength',
      strength,
      `${oneOf(Object.keys(BLUR_RADIUS))} or a number in (0, ${MAX_BLUR_RADIUS}]`,
    );
  }
  return radius;
}

function isImageSource(source: unknown): source is ImageEffect['source'] {
  if (typeof source === 'string') return source !== '';
  // Not every type exists wherever this module is loaded.
  return (
    source instanceof URL ||
    source instanceof Blob ||
    (typeof ImageBitmap !== 'undefined' && source instanceof ImageBitmap) ||
    (typeof HTMLImageElement !== 'undefined' && source instanceof HTMLImageElement)
  );
}
