import { type BlurEffect, MAX_BLUR_RADIUS } from '../../shared/effect.js';
import { invalid } from '../../shared/validation.js';
import { copyOptions } from '../copy-options.js';
import { checked } from './drop-in.js';
import { BackgroundFilterVideoFrameProcessor, createFilter } from './filter.js';
import type { BackgroundBlurProcessor } from './filter-processors.js';
import type { BackgroundFilterSpec, FilterOptions } from './filter-types.js';

/** Options of the background blur. Every option has a default. */
export interface BackgroundBlurOptions extends FilterOptions {
  /**
   * Sets the strength of the blur: a {@link BackgroundBlurStrength} or any other number above 0. It is the
   * Gaussian's standard deviation in pixels of a frame 540 pixels high. Values above 96 have the effect of
   * 96.
   *
   * @default BackgroundBlurStrength.MEDIUM
   * @example 20
   */
  blurStrength?: number;
}

/** The SDK's named blur strengths. Any other number above 0 is also valid. */
export const BackgroundBlurStrength = { LOW: 7, MEDIUM: 15, HIGH: 30 };

/** The frame heights that the SDK's strengths and this package's strengths relate to. */
const SDK_HEIGHT = 540;
const EFFECT_HEIGHT = 720;

/**
 * Blurs the background behind the person. Replaces the SDK's class of the same name.
 *
 * @example
 * const processor = await BackgroundBlurVideoFrameProcessor.create(undefined, {
 *   blurStrength: BackgroundBlurStrength.HIGH,
 * });
 * const device = new DefaultVideoTransformDevice(logger, 'camera-id', [processor]);
 */
export class BackgroundBlurVideoFrameProcessor
  extends BackgroundFilterVideoFrameProcessor
  implements BackgroundBlurProcessor
{
  /**
   * Creates a loaded processor, so that the first frame takes no longer than later ones. Ignores `spec`.
   *
   * In an unsupported browser the SDK's class returns a processor that shows **the camera**. This class
   * rejects, so that your app decides whether to show the camera. Call {@link isSupported} first.
   *
   * @throws {CycloramaError} the errors of {@link ChimeVideoFrameProcessor.create}
   */
  static async create(
    spec?: BackgroundFilterSpec,
    options?: BackgroundBlurOptions,
  ): Promise<BackgroundBlurVideoFrameProcessor> {
    const { blurStrength, ...rest } = copyOptions(options);
    const effect = blurOf(blurStrength || BackgroundBlurStrength.MEDIUM);
    return new BackgroundBlurVideoFrameProcessor(
      await createFilter('BackgroundBlurVideoFrameProcessor', spec, effect, rest),
    );
  }

  /**
   * Changes the strength of the blur, within the next frames.
   *
   * @throws {CycloramaError} `option` for anything but a number above 0
   */
  setBlurStrength(blurStrength: number): void {
    const effect = checked(this.processor, () => blurOf(blurStrength));
    // Failures are logged.
    this.show(effect).catch(() => {});
  }
}

/**
 * The effect that looks like the SDK's blur: a Gaussian of the same size, which scales with the frame as the
 * SDK's does.
 *
 * @throws {CycloramaError} `option` for anything but a number above 0
 */
export function blurOf(strength: number): BlurEffect {
  if (!(typeof strength === 'number' && strength > 0)) {
    throw invalid('blurStrength', strength, 'a number above 0');
  }
  return { kind: 'blur', strength: Math.min((strength * EFFECT_HEIGHT) / SDK_HEIGHT, MAX_BLUR_RADIUS) };
}
