import { type BlurEffect, MAX_BLUR_RADIUS } from '../../shared/effect.js';
import { invalid } from '../../shared/validation.js';
import { copyOptions } from '../copy-options.js';
import { checked } from './drop-in.js';
import { BackgroundFilterVideoFrameProcessor, createFilter } from './filter.js';
import type { BackgroundBlurProcessor } from './filter-processors.js';
import type { BackgroundFilterSpec, FilterOptions } from './filter-types.js';

/** How much is blurred, and all that both filters are told. */
export interface BackgroundBlurOptions extends FilterOptions {
  /**
   * How much, as a {@link BackgroundBlurStrength} or any other number above 0: the Gaussian's standard deviation in
   * pixels of a frame 540 pixels high. What is above 96 counts as 96.
   *
   * @default BackgroundBlurStrength.MEDIUM
   * @example 20
   */
  blurStrength?: number;
}

/** The SDK's names for how much is blurred; any other number above 0 does as well. */
export const BackgroundBlurStrength = { LOW: 7, MEDIUM: 15, HIGH: 30 };

/** Strengths are standard deviations in pixels of a frame this high; those of this package's effect of one 720 high. */
const SDK_HEIGHT = 540;
const EFFECT_HEIGHT = 720;

/**
 * Blurs what is behind the person, in place of the SDK's class of this name.
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
   * Loads everything, so that the first frame is as quick as the next. What `spec` says of files is ignored.
   *
   * The SDK's own gives a processor that shows **the camera** where the browser cannot run it. This rejects, so
   * that showing the camera is left to the app: look at {@link isSupported} first.
   *
   * @throws {CycloramaError} as {@link ChimeVideoFrameProcessor.create}
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
   * Blurs more or less, from one of the next frames on.
   *
   * @throws {CycloramaError} `option` for anything but a number above 0
   */
  setBlurStrength(blurStrength: number): void {
    const effect = checked(this.processor, () => blurOf(blurStrength));
    // The logger is told of what fails.
    this.show(effect).catch(() => {});
  }
}

/**
 * The blur that looks like the SDK's: a Gaussian of as many pixels, which grows with the frame as the SDK's does.
 *
 * @throws {CycloramaError} `option` for anything but a number above 0
 */
export function blurOf(strength: number): BlurEffect {
  if (!(typeof strength === 'number' && strength > 0)) {
    throw invalid('blurStrength', strength, 'a number above 0');
  }
  return { kind: 'blur', strength: Math.min((strength * EFFECT_HEIGHT) / SDK_HEIGHT, MAX_BLUR_RADIUS) };
}
