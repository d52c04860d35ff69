import { type Background, type Blending, closeBackground, type Layout } from '../shared/background.js';
import { NEUTRAL, parseColor } from '../shared/color.js';
import { type BackgroundBlending, type BackgroundLayout, blurRadius, type Effect } from '../shared/effect.js';
import { loadImage } from './image-source.js';
import { BackgroundVideo } from './video-source.js';

/** An effect whose picture or video is there. */
export interface LoadedEffect {
  /** What the engine is told: nothing where the camera is to be shown. */
  background: Background | undefined;
  /** What plays while the effect lasts. */
  video?: BackgroundVideo | undefined;
}

/**
 * Loads an effect's picture or video; {@link release} what comes.
 *
 * @throws {CycloramaError} `asset` where it cannot be fetched, `effect` where it cannot be shown
 */
export async function loadEffect(effect: Effect, signal: AbortSignal | undefined): Promise<LoadedEffect> {
  switch (effect.kind) {
    case 'blur':
      return { background: { kind: 'blur', radius: blurRadius(effect) } };
    case 'image': {
      const image = await loadImage(effect.source, signal);
      return {
        background: { kind: 'image', image, layout: completeLayout(effect), ...completeBlending(effect) },
      };
    }
    case 'video': {
      const video = await BackgroundVideo.open(effect.source, signal);
      const layout = completeLayout(effect);
      return {
        background: { kind: 'video', image: video.picture(), layout, ...completeBlending(effect) },
        video,
      };
    }
    case 'color': {
      const { lightWrap } = completeBlending(effect);
      return { background: { kind: 'color', color: parseColor(effect.color) ?? NEUTRAL, lightWrap } };
    }
    case 'transparent':
      return { background: { kind: 'transparent' } };
    case 'none':
      return { background: undefined };
  }
}

/** Gives back what was not taken out. */
export function release({ background, video }: LoadedEffect): void {
  if (background) closeBackground(background);
  video?.close();
}

function completeLayout({ fit = 'cover', position = {}, mirror = false }: BackgroundLayout): Layout {
  const { x = 0.5, y = 0.5 } = position;
  return { fit, position: [x, y], mirror };
}

function completeBlending({ lightWrap = 0.3, matchBrightness = false }: BackgroundBlending): Blending {
  return { lightWrap, matchBrightness };
}
