import type { BackgroundBlending, BackgroundLayout, Effect } from '../../shared/effect.js';
import { isBlob } from '../../shared/platform-objects.js';
import { invalid, isRecord } from '../../shared/validation.js';
import { copyOptions } from '../copy-options.js';
import { checked } from './drop-in.js';
import { BackgroundFilterVideoFrameProcessor, createFilter, type FilterParts } from './filter.js';
import type { BackgroundReplacementProcessor } from './filter-processors.js';
import type { BackgroundFilterSpec, FilterOptions } from './filter-types.js';

/** The picture, how it lies on the frame and how it is lit, and all that both filters are told. */
export interface BackgroundReplacementOptions extends FilterOptions, BackgroundLayout, BackgroundBlending {
  /**
   * The picture.
   *
   * @default everything behind the person is blue
   * @example await (await fetch('/beach.jpg')).blob()
   */
  imageBlob?: Blob;
}

type Look = BackgroundLayout & BackgroundBlending;

/** What the SDK shows where no picture is given. */
const BLUE = '#0000ff';

/**
 * Shows a picture behind the person, in place of the SDK's class of this name.
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
  readonly #look: Look;

  private constructor(parts: FilterParts, look: Look) {
    super(parts);
    this.#look = look;
  }

  /**
   * Loads everything, so that the first frame is as quick as the next. What `spec` says of files is ignored, and without
   * a picture everything behind the person is blue.
   *
   * The SDK's own gives a processor that shows **the camera** where the browser cannot run it or the picture does not
   * decode. This rejects, so that showing the camera is left to the app: look at {@link isSupported} first.
   *
   * @throws {CycloramaError} as {@link ChimeVideoFrameProcessor.create}
   */
  static async create(
    spec?: BackgroundFilterSpec,
    options?: BackgroundReplacementOptions,
  ): Promise<BackgroundReplacementVideoFrameProcessor> {
    const { imageBlob, fit, position, mirror, lightWrap, matchBrightness, ...rest } = copyOptions(options);
    const look: Look = {
      ...(fit !== undefined && { fit }),
      // A copy, for the pictures that come later.
      ...(position !== undefined && { position: isRecord(position) ? { ...position } : position }),
      ...(mirror !== undefined && { mirror }),
      ...(lightWrap !== undefined && { lightWrap }),
      ...(matchBrightness !== undefined && { matchBrightness }),
    };
    const effect = imageBlob ? pictureOf(imageBlob, 'imageBlob', look) : blueOf(look);
    return new BackgroundReplacementVideoFrameProcessor(
      await createFilter('BackgroundReplacementVideoFrameProcessor', spec, effect, rest),
      look,
    );
  }

  /** As {@link BackgroundFilterVideoFrameProcessor.isSupported}, and whether the picture that is given decodes. */
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
   * Shows another picture, once it is decoded; until then the old one. Where a later call comes before that, the later
   * picture is the one that stays.
   *
   * @throws {CycloramaError} `option` for anything but a Blob, `effect` where it is no picture, `destroyed`; the old one stays
   */
  async setImageBlob(blob: Blob): Promise<void> {
    await this.show(checked(this.processor, () => pictureOf(blob, 'blob', this.#look)));
  }
}

function pictureOf(blob: Blob, name: string, look: Look): Effect {
  // Addresses are for `setEffect`: the SDK's method takes a file.
  if (!isBlob(blob)) throw invalid(name, blob, 'a Blob with a picture');
  return { kind: 'image', source: blob, ...look };
}

function blueOf({ lightWrap }: Look): Effect {
  return { kind: 'color', color: BLUE, ...(lightWrap !== undefined && { lightWrap }) };
}
