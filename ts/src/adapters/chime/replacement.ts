import type { BackgroundBlending, BackgroundLayout, Effect } from '../../shared/effect.js';
import { isBlob } from '../../shared/platform-objects.js';
import { invalid, isRecord } from '../../shared/validation.js';
import { copyOptions } from '../copy-options.js';
import { checked } from './drop-in.js';
import { BackgroundFilterVideoFrameProcessor, createFilter, type FilterParts } from './filter.js';
import type { BackgroundReplacementProcessor } from './filter-processors.js';
import type { BackgroundFilterSpec, FilterOptions } from './filter-types.js';

/** Options of the background replacement. Every option has a default. */
export interface BackgroundReplacementOptions extends FilterOptions, BackgroundLayout, BackgroundBlending {
  /**
   * Sets the background image.
   *
   * @default a blue background
   * @example await (await fetch('/beach.jpg')).blob()
   */
  imageBlob?: Blob;
}

type Appearance = BackgroundLayout & BackgroundBlending;

/** The SDK's default background. */
const BLUE = '#0000ff';

/**
 * Shows an image behind the person. Replaces the SDK's class of the same name.
 *
 * @example
 * const imageBlob = await (await fetch('/beach.jpg')).blob();
 * const processor = await BackgroundReplacementVideoFrameProcessor.create(undefined, { imageBlob });
 * const device = new DefaultVideoTransformDevice(logger, 'camera-id', [processor]);
 */
export class BackgroundReplacementVideoFrameProcessor
  extends BackgroundFilterVideoFrameProcessor
  implements BackgroundReplacementProcessor
{
  readonly #appearance: Appearance;

  private constructor(parts: FilterParts, appearance: Appearance) {
    super(parts);
    this.#appearance = appearance;
  }

  /**
   * Creates a loaded processor, so that the first frame takes no longer than later ones. Ignores `spec`.
   * Without an image the background is blue.
   *
   * In an unsupported browser, or if the image does not decode, the SDK's class returns a processor that
   * shows **the camera**. This class rejects, so that your app decides whether to show the camera. Call
   * {@link isSupported} first.
   *
   * @throws {CycloramaError} the errors of {@link ChimeVideoFrameProcessor.create}
   */
  static async create(
    spec?: BackgroundFilterSpec,
    options?: BackgroundReplacementOptions,
  ): Promise<BackgroundReplacementVideoFrameProcessor> {
    const { imageBlob, fit, position, mirror, lightWrap, matchBrightness, ...rest } = copyOptions(options);
    const appearance: Appearance = {
      ...(fit !== undefined && { fit }),
      // Copied, because later images also use it.
      ...(position !== undefined && { position: isRecord(position) ? { ...position } : position }),
      ...(mirror !== undefined && { mirror }),
      ...(lightWrap !== undefined && { lightWrap }),
      ...(matchBrightness !== undefined && { matchBrightness }),
    };
    const effect = imageBlob ? imageOf(imageBlob, 'imageBlob', appearance) : blueOf(appearance);
    return new BackgroundReplacementVideoFrameProcessor(
      await createFilter('BackgroundReplacementVideoFrameProcessor', spec, effect, rest),
      appearance,
    );
  }

  /** See {@link BackgroundFilterVideoFrameProcessor.isSupported}. Also checks that the image decodes. */
  static override async isSupported(
    spec?: BackgroundFilterSpec,
    options?: BackgroundReplacementOptions,
  ): Promise<boolean> {
    const { imageBlob } = copyOptions(options);
    if (!(await BackgroundFilterVideoFrameProcessor.isSupported(spec, options))) return false;
    if (!imageBlob) return true;
    try {
      (await createImageBitmap(imageBlob)).close();
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Changes the background image once the new one is decoded. A later call supersedes one that still loads.
   *
   * @throws {CycloramaError} `option` for anything but a Blob, `effect` if it is not an image, `destroyed`;
   *   the old image stays
   */
  async setImageBlob(blob: Blob): Promise<void> {
    await this.show(checked(this.processor, () => imageOf(blob, 'blob', this.#appearance)));
  }
}

function imageOf(blob: Blob, name: string, appearance: Appearance): Effect {
  // The SDK's method takes no URLs, unlike `setEffect`.
  if (!isBlob(blob)) throw invalid(name, blob, 'a Blob with an image');
  return { kind: 'image', source: blob, ...appearance };
}

function blueOf({ lightWrap }: Appearance): Effect {
  return { kind: 'color', color: BLUE, ...(lightWrap !== undefined && { lightWrap }) };
}
