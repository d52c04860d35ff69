import type { Rgb } from './color.js';
import type { Blending, Layout } from './effect.js';

/** What the engine shows where the person is not. */
export type Background =
  | { kind: 'blur'; radius: number }
  | { kind: 'color'; color: Rgb; lightWrap: number }
  | { kind: 'transparent' }
  | ({ kind: 'image'; image: ImageBitmap; layout: Layout } & Blending)
  | ({ kind: 'video'; image: BackgroundFrame; layout: Layout } & Blending);

/** What a background's video shows at one time. */
export type BackgroundFrame = VideoFrame | ImageBitmap;

/** Closes the picture of a background that is shown no more. */
export function closeBackground(background: Background): void {
  if (background.kind === 'image') background.image.close();
  closeFirstFrame(background);
}

/** Closes a video's first picture, which is out of date once an engine has a copy. */
export function closeFirstFrame(background: Background): void {
  if (background.kind === 'video') background.image.close();
}
