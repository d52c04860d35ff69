import { hexColor, parseColor } from './color.js';
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

/** How a picture or a video lies on a frame of another shape. */
export interface BackgroundLayout {
  /**
   * What becomes of the other shape, as in CSS `object-fit`; what `contain` leaves free is black.
   *
   * @default 'cover'
   * @example 'contain'
   */
  fit?: Fit;
  /**
   * Where it lies, as in CSS `object-position`, but in shares: of what is cut off it, or left free around it, how
   * much is to its left and above it.
   *
   * @default { x: 0.5, y: 0.5 }
   * @example { x: 0, y: 1 }
   */
  position?: BackgroundPosition;
  /**
   * Flips it left to right, with its position. Apps show their own camera mirrored, by CSS: with this, lettering reads
   * right there. Everybody else in the call sees it flipped.
   *
   * @default false
   * @example true
   */
  mirror?: boolean;
}

/** How a new background is made to belong with the person. */
export interface BackgroundBlending {
  /**
   * How much of the background's light falls onto the person's edges, 0 (none) to 1. Some of it makes the person look
   * lit by the place; too much, and the edges glow.
   *
   * @default 0.3
   * @example 0
   */
  lightWrap?: number;
  /**
   * Whether the background is made as bright as the room is, by a half to twice, so that someone in a dim room does
   * not sit before bright daylight. It follows the camera's picture as that changes.
   *
   * @default false
   * @example true
   */
  matchBrightness?: boolean;
}

/** Two shares, 0 to 1: `x` from left to right, `y` from top to bottom; one that is left out is 0.5. */
export interface BackgroundPosition {
  x?: number;
  y?: number;
}

/**
 * A picture.
 *
 * @example { kind: 'image', source: '/beach.jpg', fit: 'cover' }
 */
export interface ImageEffect extends BackgroundLayout, BackgroundBlending {
  kind: 'image';
  /**
   * Where the picture comes from. An address is fetched (from another origin only where that one allows it), but a `data:` or
   * `blob:` one, which needs no `connect-src`; a bitmap stays the caller's, who may close it as soon as the effect is set.
   */
  source: string | URL | Blob | ImageBitmap | HTMLImageElement;
}

/**
 * A video. Should it end or break off, its last picture stays.
 *
 * @example { kind: 'video', source: '/waves.webm' }
 * @example { kind: 'video', source: document.createElement('video'), fit: 'contain' }
 */
export interface VideoEffect extends BackgroundLayout, BackgroundBlending {
  kind: 'video';
  /**
   * Where the video comes from. An address or a Blob is played muted and over and over, until another effect takes its
   * place; one from another origin has to allow that. An element is looked at as it plays and otherwise left alone, a
   * track stays the caller's to stop. The effect is set once there is a picture: for a paused or slow source, pass a
   * `signal` to stop waiting. In an app's own worker a video is `unsupported`, as only pages have elements.
   */
  source: string | URL | Blob | HTMLVideoElement | MediaStreamTrack;
}

/** `cover` cuts off what sticks out, `contain` shows all and leaves bars, `fill` stretches. */
export type Fit = 'cover' | 'contain' | 'fill';

/**
 * One colour.
 *
 * @example { kind: 'color', color: '#00b140' }
 */
export interface ColorEffect extends Pick<BackgroundBlending, 'lightWrap'> {
  kind: 'color';
  /**
   * Any colour of CSS, such as `#00b140`, `rebeccapurple` or `oklch(0.7 0.15 150)`, over black where it can be seen through.
   * What depends on the page or the user's system is no colour: `currentcolor`, `var()`, `Canvas`.
   */
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
export type Effect = BlurEffect | ImageEffect | VideoEffect | ColorEffect | TransparentEffect | NoEffect;

/** Standard deviation of each named blur, in pixels of a frame 720 pixels high. */
const BLUR_RADIUS: Record<BlurStrength, number> = { low: 8, medium: 16, high: 32 };
/** The widest blur, in the same pixels. */
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
/** Names and functions need a canvas, which servers lack. */
const COLORS = 'a CSS color such as "#00b140", or in a browser "seagreen" or "hsl(146 50% 36%)"';
const FITS: readonly Fit[] = ['cover', 'contain', 'fill'];

/**
 * Checks an effect without loading its image or video.
 *
 * @returns a frozen copy, independent of the caller's objects, with a URL as a string and a color as `#rrggbb`
 * @throws {CycloramaError} `option`, with the name of the option and its valid values
 */
export function checkEffect(effect: Effect): Effect {
  const checked = takeEffect(effect);
  if ('position' in checked) Object.freeze(checked.position);
  return Object.freeze(checked);
}

function takeEffect(effect: Effect): Effect {
  // JavaScript callers have no type checks.
  const given: unknown = effect;
  if (!isRecord(given))
    throw invalid('effect', given, 'an object such as { kind: "blur", strength: "medium" }');
  const taken = take(given, PROPERTIES, 'effect.');
  if (isRecord(taken.position)) taken.position = take(taken.position, ['x', 'y'], 'effect.position.');
  const own = taken as unknown as Effect;
  switch (own.kind) {
    case 'blur':
      blurRadius(own);
      return own;
    case 'image':
      if (!isImageSource(own.source)) {
        throw invalid('effect.source', own.source, 'a URL, a Blob, an ImageBitmap or an <img>');
      }
      checkLayout(own);
      checkBlending(own);
      return isUrl(own.source) ? { ...own, source: own.source.href } : own;
    case 'video':
      if (!isVideoSource(own.source)) {
        throw invalid('effect.source', own.source, 'a URL, a Blob, a <video> or a video track');
      }
      checkLayout(own);
      checkBlending(own);
      return isUrl(own.source) ? { ...own, source: own.source.href } : own;
    case 'color': {
      const color = typeof own.color === 'string' ? parseColor(own.color) : undefined;
      if (!color) throw invalid('effect.color', own.color, COLORS);
      checkBlending(own);
      return { ...own, color: hexColor(color) };
    }
    case 'transparent':
    case 'none':
      return own;
    default:
      throw invalid('effect.kind', taken.kind, oneOf(KINDS));
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

function checkLayout({ fit, position, mirror }: BackgroundLayout): void {
  if (fit !== undefined) checkChoice('effect.fit', fit, FITS);
  if (position !== undefined) {
    if (!isRecord(position)) {
      throw invalid('effect.position', position, 'an object such as { x: 0.5, y: 1 }');
    }
    for (const axis of ['x', 'y'] as const) {
      const fraction = position[axis];
      if (fraction !== undefined) checkFraction(`effect.position.${axis}`, fraction);
    }
  }
  if (mirror !== undefined) checkFlag('effect.mirror', mirror);
}

function checkBlending({ lightWrap, matchBrightness }: BackgroundBlending): void {
  if (lightWrap !== undefined) checkFraction('effect.lightWrap', lightWrap);
  if (matchBrightness !== undefined) checkFlag('effect.matchBrightness', matchBrightness);
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

/** Whether two effects are equal. Compares plain objects by their properties, and URLs by their text. */
export function isSameEffect(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (isUrl(a)) return isSameEffect(a.href, b);
  if (isUrl(b)) return isSameEffect(a, b.href);
  if (!isPlain(a) || !isPlain(b)) return false;
  return Object.keys({ ...a, ...b }).every((key) => isSameEffect(a[key], b[key]));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  // Plain objects of other windows have another `Object.prototype`, whose own prototype is null too.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
