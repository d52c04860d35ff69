import { hexColor, parseColor, type Rgb } from './color.js';
import {
  isBlob,
  isImageBitmap,
  isImageElement,
  isMediaStreamTrack,
  isUrl,
  isVideoElement,
} from './platform-objects.js';
import { checkChoice, checkFlag, checkFraction, invalid, isRecord, oneOf, take } from './validation.js';

/**
 * Blurs the camera's own background.
 *
 * @example { kind: 'blur', strength: 'medium' }
 */
export interface BlurEffect {
  kind: 'blur';
  /**
   * Selects the strength of the blur. A number is the Gaussian's standard deviation in pixels of a frame 720
   * pixels high, above 0 and at most 128. It scales with the frame, so the result looks the same at any
   * resolution. `low` is 8, `medium` is 16, `high` is 32.
   *
   * @default 'medium'
   */
  strength?: BlurStrength | number;
}

/** `low` softens the room, `medium` looks like a portrait lens, `high` leaves only colors and light. */
export type BlurStrength = 'low' | 'medium' | 'high';

/** Fits a background image or video to a frame of another aspect ratio. */
export interface BackgroundLayout {
  /**
   * Selects how the background fits the frame, like CSS `object-fit`. `cover` (default) fills the frame and
   * crops. `contain` shows the whole background with black bars. `fill` stretches it.
   *
   * @default 'cover'
   * @example 'contain'
   */
  fit?: Fit;
  /**
   * Aligns the background in the frame, like CSS `object-position`. The values are fractions from 0 (left,
   * top) to 1 (right, bottom). Change it to choose which part `cover` keeps, or where `contain` puts the
   * bars.
   *
   * @default { x: 0.5, y: 0.5 }
   * @example { x: 0, y: 1 }
   */
  position?: BackgroundPosition;
  /**
   * Flips the background and its position horizontally. Set it if your app mirrors the self-view by CSS and
   * the background contains text. The text then reads correctly in the self-view, but all other participants
   * see it mirrored.
   *
   * @default false
   * @example true
   */
  mirror?: boolean;
}

/** Blends a replaced background with the person. */
export interface BackgroundBlending {
  /**
   * Sets how much of the background's light falls onto the person's edges, from 0 (none) to 1. A little makes
   * the person look lit by the background. Too much gives the person a bright outline.
   *
   * @default 0.3
   * @example 0
   */
  lightWrap?: number;
  /**
   * Matches the background's brightness to the camera's, by a factor of 0.5 to 2. Set it for bright
   * backgrounds in dim rooms. It follows the camera as its brightness changes.
   *
   * @default false
   * @example true
   */
  matchBrightness?: boolean;
}

/** The alignment of a background in the frame. */
export interface BackgroundPosition {
  /**
   * Sets the horizontal alignment, from 0 (left) to 1 (right).
   *
   * @default 0.5
   */
  x?: number;
  /**
   * Sets the vertical alignment, from 0 (top) to 1 (bottom).
   *
   * @default 0.5
   */
  y?: number;
}

/**
 * Shows an image behind the person.
 *
 * @example { kind: 'image', source: '/beach.jpg', fit: 'cover' }
 */
export interface ImageEffect extends BackgroundLayout, BackgroundBlending {
  kind: 'image';
  /**
   * Selects the image: a URL, a `Blob`, an `ImageBitmap` or an `<img>`. A URL is fetched, so a cross-origin
   * server must allow it by CORS and the page's policy in `connect-src`. `data:` and `blob:` URLs need no
   * `connect-src`. The caller still owns an `ImageBitmap` and may close it once the effect is set.
   */
  source: string | URL | Blob | ImageBitmap | HTMLImageElement;
}

/**
 * Shows a video behind the person. If it ends or fails, its last frame stays.
 *
 * @example { kind: 'video', source: '/waves.webm' }
 * @example { kind: 'video', source: document.createElement('video'), fit: 'contain' }
 */
export interface VideoEffect extends BackgroundLayout, BackgroundBlending {
  kind: 'video';
  /**
   * Selects the video: a URL, a `Blob`, a `<video>` or a live video track. A URL or a `Blob` is looped,
   * muted, in an internal `<video>` that is removed with the effect. A cross-origin server must allow it by
   * CORS. A `<video>` or a track of your app is neither played, stopped nor changed.
   *
   * The effect is set once the video has a frame: pass a `signal` to stop waiting for a paused or slow
   * source. In a worker of your app a video rejects with `unsupported`, because only pages have `<video>`
   * elements.
   */
  source: string | URL | Blob | HTMLVideoElement | MediaStreamTrack;
}

/** `cover` fills the frame and crops, `contain` shows everything with black bars, `fill` stretches. */
export type Fit = 'cover' | 'contain' | 'fill';

/**
 * Shows one color behind the person.
 *
 * @example { kind: 'color', color: '#00b140' }
 */
export interface ColorEffect extends Pick<BackgroundBlending, 'lightWrap'> {
  kind: 'color';
  /**
   * Selects the color: any CSS color, such as `#00b140`, `rebeccapurple` or `oklch(0.7 0.15 150)`. A
   * translucent color is drawn over black. Colors that depend on the page or the user's system are invalid:
   * `currentcolor`, `var()`, `Canvas`.
   */
  color: string;
}

/**
 * Makes the background transparent. The output has an alpha channel, so that you can draw it over other
 * content.
 *
 * @example { kind: 'transparent' }
 */
export interface TransparentEffect {
  kind: 'transparent';
}

/**
 * Shows the camera unchanged. **Nothing is hidden.**
 *
 * @example { kind: 'none' }
 */
export interface NoEffect {
  kind: 'none';
}

/** An effect: selects what the output shows behind the person. */
export type Effect = BlurEffect | ImageEffect | VideoEffect | ColorEffect | TransparentEffect | NoEffect;

/** A complete {@link BackgroundLayout}. */
export interface Layout {
  fit: Fit;
  position: [x: number, y: number];
  mirror: boolean;
}

/** A complete {@link BackgroundBlending}. */
export type Blending = Required<BackgroundBlending>;

/** A parsed effect, whose image or video has not loaded yet. */
export type ParsedEffect =
  | { kind: 'blur'; radius: number }
  | { kind: 'color'; color: Rgb; lightWrap: number }
  | { kind: 'transparent' }
  | ({ kind: 'image'; source: Exclude<ImageEffect['source'], URL>; layout: Layout } & Blending)
  | ({ kind: 'video'; source: Exclude<VideoEffect['source'], URL>; layout: Layout } & Blending)
  | { kind: 'none' };

/** A valid effect. */
export interface CheckedEffect {
  /** The caller's effect as a frozen copy, with a URL as text and a color as `#rrggbb`. */
  readonly options: Effect;
  readonly parsed: ParsedEffect;
}

/** Standard deviation of each named blur, in pixels of a frame 720 pixels high. */
const BLUR_RADIUS: Record<BlurStrength, number> = { low: 8, medium: 16, high: 32 };
/** The largest standard deviation, in the same pixels. */
export const MAX_BLUR_RADIUS = 128;
const NAMED_RADII = Object.entries(BLUR_RADIUS);
/** The properties of all effects. */
const PROPERTIES = [
  'kind',
  'strength',
  'source',
  'fit',
  'position',
  'mirror',
  'color',
  'lightWrap',
  'matchBrightness',
] as const;
const KINDS: readonly Effect['kind'][] = ['blur', 'image', 'video', 'color', 'transparent', 'none'];
/** Description of a valid color. Servers have no canvas, so they cannot parse names and functions. */
const COLORS = 'a CSS color such as "#00b140", or in a browser "seagreen" or "hsl(146 50% 36%)"';
const FITS: readonly Fit[] = ['cover', 'contain', 'fill'];

/**
 * Validates, copies and parses an effect. Later changes of the caller's objects have no effect.
 *
 * @throws {CycloramaError} `option`, naming the option and its valid values
 */
export function checkEffect(effect: Effect): CheckedEffect {
  // JavaScript callers have no type checks.
  const given: unknown = effect;
  if (!isRecord(given))
    throw invalid('effect', given, 'an object such as { kind: "blur", strength: "medium" }');
  const taken = take(given, PROPERTIES, 'effect.');
  if (isRecord(taken.position)) {
    taken.position = Object.freeze(take(taken.position, ['x', 'y'], 'effect.position.'));
  }
  const { options, parsed } = parse(taken as unknown as Effect);
  return { options: Object.freeze(options), parsed };
}

function parse(effect: Effect): CheckedEffect {
  switch (effect.kind) {
    case 'blur':
      return { options: effect, parsed: { kind: 'blur', radius: blurRadius(effect) } };
    case 'image': {
      if (!isImageSource(effect.source)) {
        throw invalid('effect.source', effect.source, 'a URL, a Blob, an ImageBitmap or an <img>');
      }
      const source = isUrl(effect.source) ? effect.source.href : effect.source;
      const layout = parseLayout(effect);
      return {
        options: { ...effect, source },
        parsed: { kind: 'image', source, layout, ...parseBlending(effect) },
      };
    }
    case 'video': {
      if (!isVideoSource(effect.source)) {
        throw invalid('effect.source', effect.source, 'a URL, a Blob, a <video> or a video track');
      }
      const source = isUrl(effect.source) ? effect.source.href : effect.source;
      const layout = parseLayout(effect);
      return {
        options: { ...effect, source },
        parsed: { kind: 'video', source, layout, ...parseBlending(effect) },
      };
    }
    case 'color': {
      const color = typeof effect.color === 'string' ? parseColor(effect.color) : undefined;
      if (!color) throw invalid('effect.color', effect.color, COLORS);
      const { lightWrap } = parseBlending(effect);
      return {
        options: { ...effect, color: hexColor(color) },
        parsed: { kind: 'color', color, lightWrap },
      };
    }
    case 'transparent':
    case 'none':
      return { options: effect, parsed: { kind: effect.kind } };
    default:
      throw invalid('effect.kind', (effect as { kind: unknown }).kind, oneOf(KINDS));
  }
}

/** The blur's standard deviation in pixels of a frame 720 pixels high. */
export function blurRadius({ strength = 'medium' }: BlurEffect): number {
  const named = NAMED_RADII.find(([name]) => name === strength)?.[1];
  const radius = typeof strength === 'number' ? strength : (named ?? Number.NaN);
  if (!(radius > 0 && radius <= MAX_BLUR_RADIUS)) {
    throw invalid(
      'effect.strength',
      strength,
      `${oneOf(Object.keys(BLUR_RADIUS))} or a number in (0, ${MAX_BLUR_RADIUS}]`,
    );
  }
  return radius;
}

function parseLayout({ fit = 'cover', position, mirror = false }: BackgroundLayout): Layout {
  checkChoice('effect.fit', fit, FITS);
  if (position !== undefined && !isRecord(position)) {
    throw invalid('effect.position', position, 'an object such as { x: 0.5, y: 1 }');
  }
  const { x = 0.5, y = 0.5 }: BackgroundPosition = position ?? {};
  checkFraction('effect.position.x', x);
  checkFraction('effect.position.y', y);
  checkFlag('effect.mirror', mirror);
  return { fit, position: [x, y], mirror };
}

function parseBlending({ lightWrap = 0.3, matchBrightness = false }: BackgroundBlending): Blending {
  checkFraction('effect.lightWrap', lightWrap);
  checkFlag('effect.matchBrightness', matchBrightness);
  return { lightWrap, matchBrightness };
}

function isImageSource(source: unknown): source is ImageEffect['source'] {
  return isFile(source) || isImageBitmap(source) || isImageElement(source);
}

function isVideoSource(source: unknown): source is VideoEffect['source'] {
  return isFile(source) || isVideoElement(source) || (isMediaStreamTrack(source) && source.kind === 'video');
}

function isFile(source: unknown): source is string | URL | Blob {
  return (typeof source === 'string' && source !== '') || isUrl(source) || isBlob(source);
}

/** Whether two effects are equal. Compares plain objects by value and URLs by their text. */
export function isSameEffect(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (isUrl(a)) return isSameEffect(a.href, b);
  if (isUrl(b)) return isSameEffect(a, b.href);
  if (!isPlain(a) || !isPlain(b)) return false;
  return Object.keys({ ...a, ...b }).every((key) => isSameEffect(a[key], b[key]));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  // An object of another window has that window's Object.prototype, which has no prototype either.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
