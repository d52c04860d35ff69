import { type Background, closeBackground } from '../shared/background.js';
import type { ParsedEffect } from '../shared/effect.js';
import { loadImage } from './image-source.js';
import { BackgroundVideo } from './video-source.js';

/** An effect whose image or video has loaded. */
export interface LoadedEffect {
  /** The engine's background; `undefined` for effect `none`. */
  background: Background | undefined;
  /** The effect's video, which plays until it is closed. */
  video?: BackgroundVideo | undefined;
}

/**
 * Loads an effect's image or video. {@link release} the result.
 *
 * @throws {CycloramaError} `asset` if it cannot be fetched, `effect` if it cannot be shown
 * @throws the signal's reason if it aborts
 */
export async function loadEffect(
  effect: ParsedEffect,
  signal: AbortSignal | undefined,
): Promise<LoadedEffect> {
  switch (effect.kind) {
    case 'image': {
      const { source, ...options } = effect;
      return { background: { ...options, image: await loadImage(source, signal) } };
    }
    case 'video': {
      const { source, ...options } = effect;
      const video = await BackgroundVideo.open(source, signal);
      return { background: { ...options, image: video.frame() }, video };
    }
    case 'none':
      return { background: undefined };
    default:
      return { background: effect };
  }
}

/** Releases the parts of an effect that the caller has not taken over. */
export function release({ background, video }: LoadedEffect): void {
  if (background) closeBackground(background);
  video?.close();
}
