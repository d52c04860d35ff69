import type { Rgb } from './color.js';
import type { Blending, Layout } from './effect.js';

/** The background, in the form that the engine uses. */
export type Background =
  | { kind: 'blur'; radius: number }
  | { kind: 'color'; color: Rgb; lightWrap: number }
  | { kind: 'transparent' }
  | ({ kind: 'image'; image: ImageBitmap; layout: Layout } & Blending)
  | ({ kind: 'video'; image: BackgroundFrame; layout: Layout } & Blending);

/** One frame of a background video. */
export type BackgroundFrame = VideoFrame | ImageBitmap;

/** Closes the image of a background that is no longer shown. */
export function closeBackground(background: Background): void {
  if (background.kind === 'image') background.image.close();
  closeFirstFrame(background);
}

/** Closes the first frame of a background video. Call it once an engine has copied the frame, which is outdated from then on. */
export function closeFirstFrame(background: Background): void {
  if (background.kind === 'video') background.image.close();
}
