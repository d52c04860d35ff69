/**
 * Virtual backgrounds for Twilio Video.
 *
 * @module cyclorama/twilio
 */

import type { VideoProcessor } from 'twilio-video';
import type { BackgroundChange } from '../page/configuration.js';
import { asyncDispose } from '../page/disposable.js';
import type { VirtualBackgroundOptions } from '../page/options.js';
import { surviveProxies } from '../page/proxied.js';
import type { Support, SupportOptions } from '../page/support.js';
import { type ChangeOptions, VirtualBackground } from '../page/virtual-background.js';
import type { Model } from '../shared/assets.js';
import type { Effect } from '../shared/effect.js';
import type { FrameSource } from '../shared/engine-types.js';
import { CycloramaError } from '../shared/errors.js';
import { isCanvas, isOffscreenCanvas, isVideoFrame } from '../shared/platform-objects.js';
import type { QualityOption } from '../shared/quality.js';
import type { Backend } from '../shared/thread-support.js';
import { invalid } from '../shared/validation.js';
import { copyOptions } from './copy-options.js';

/** How a processor is made; every option has a default. */
export interface CycloramaVideoProcessorOptions extends VirtualBackgroundOptions {
  /**
   * How many frames a second the camera gives, which Twilio does not tell: by it `quality: 'auto'` knows how long a frame may
   * take.
   *
   * @default 30
   * @example 24
   */
  frameRate?: number;
}

/** Twilio's frame buffers; its declarations of a `VideoFrame` have little of the browser's. */
type TwilioFrame = Parameters<VideoProcessor['processFrame']>[0];

/**
 * Puts another background behind the person in a Twilio track. Twilio hands it every kind of frame buffer, and a canvas with a
 * context of type `2d` or `bitmaprenderer`; video frames and `bitmaprenderer` are the quickest.
 *
 * **Twilio itself sends the camera as it is whenever a track has no processor:** until `addProcessor`, after `removeProcessor`,
 * and for a moment in `restart` and where a muted camera comes back. No processor can prevent that.
 *
 * Twilio tells no processor of its end: whoever made it calls {@link destroy} after `removeProcessor`.
 *
 * @example
 * const processor = await CycloramaVideoProcessor.create({ effect: { kind: 'blur', strength: 'medium' } });
 * cameraTrack.addProcessor(processor, {
 *   inputFrameBufferType: 'videoframe',
 *   outputFrameBufferContextType: 'bitmaprenderer',
 * });
 */
export class CycloramaVideoProcessor implements VideoProcessor {
  /** What makes the frames: it changes all that can be changed, and tells events. */
  readonly background: VirtualBackground;
  readonly #frameRate: number;

  private constructor(background: VirtualBackground, frameRate: number) {
    surviveProxies(this);
    this.background = background;
    this.#frameRate = frameRate;
  }

  /** As {@link VirtualBackground.support}. */
  static support(options?: SupportOptions): Promise<Support> {
    return VirtualBackground.support(options);
  }

  /** As {@link VirtualBackground.isSupported}. */
  static isSupported(options?: SupportOptions): Promise<boolean> {
    return VirtualBackground.isSupported(options);
  }

  /** As {@link VirtualBackground.create}. */
  static async create(options?: CycloramaVideoProcessorOptions): Promise<CycloramaVideoProcessor> {
    const { frameRate = 30, ...rest } = copyOptions(options);
    if (!(typeof frameRate === 'number' && frameRate > 0 && frameRate < Number.POSITIVE_INFINITY)) {
      throw invalid('frameRate', frameRate, 'a positive number of frames a second');
    }
    return new CycloramaVideoProcessor(await VirtualBackground.create(rest), frameRate);
  }

  /**
   * Called by Twilio for each frame. What fails is hidden, see {@link VirtualBackgroundOptions.onFailure}; where there is no
   * picture to hide, or none can be drawn, the output stays as it is. A video frame is closed, as Twilio closes none.
   *
   * @throws {CycloramaError} `option` where the output is no canvas or has a context of another type, so that nothing can be
   *   drawn: Twilio then stops its pipeline, and the track shows nothing
   */
  async processFrame(input: TwilioFrame, output: HTMLCanvasElement): Promise<void> {
    const frame = input as FrameSource;
    try {
      const screen = screenOf(output);
      await this.background
        .processFrame(frame, { frameRate: this.#frameRate })
        .then(({ image }) => show(image, output, screen))
        // A rejection would stop Twilio's pipeline for ever, over a camera that has no picture yet.
        .catch(() => {});
    } finally {
      if (isVideoFrame(frame)) frame.close();
    }
  }

  /** As {@link VirtualBackground.effect}. */
  get effect(): Effect {
    return this.background.effect;
  }

  /** As {@link VirtualBackground.model}. */
  get model(): Model {
    return this.background.model;
  }

  /** As {@link VirtualBackground.quality}. */
  get quality(): QualityOption {
    return this.background.quality;
  }

  /** As {@link VirtualBackground.backend}. */
  get backend(): Backend {
    return this.background.backend;
  }

  /** As {@link VirtualBackground.paused}. */
  get paused(): boolean {
    return this.background.paused;
  }

  /** As {@link VirtualBackground.destroyed}. */
  get destroyed(): boolean {
    return this.background.destroyed;
  }

  /** As {@link VirtualBackground.update}. */
  update(change: BackgroundChange, options?: ChangeOptions): Promise<boolean> {
    return this.background.update(change, options);
  }

  /** As {@link VirtualBackground.setEffect}. */
  setEffect(effect: Effect, options?: ChangeOptions): Promise<boolean> {
    return this.background.setEffect(effect, options);
  }

  /** As {@link VirtualBackground.destroy}; frames that Twilio still hands in come out hidden. */
  destroy(): Promise<void> {
    return this.background.destroy();
  }

  /** As {@link destroy}. */
  [asyncDispose](): Promise<void> {
    return this.destroy();
  }
}

function screenOf(output: HTMLCanvasElement): CanvasRenderingContext2D | ImageBitmapRenderingContext {
  if (!isCanvas(output) && !isOffscreenCanvas(output)) throw invalid('output', output, 'a canvas');
  const screen = output.getContext('2d') ?? output.getContext('bitmaprenderer');
  if (screen) return screen;
  throw new CycloramaError(
    'option',
    "outputFrameBufferContextType must be '2d' or 'bitmaprenderer' where the processor is added",
  );
}

/** Draws a picture in the output's size, and closes it. */
function show(
  image: ImageBitmap,
  output: HTMLCanvasElement,
  screen: CanvasRenderingContext2D | ImageBitmapRenderingContext,
): void {
  try {
    // Twilio follows the camera's width alone.
    if (image.width === output.width && image.height !== output.height) output.height = image.height;
    if ('transferFromImageBitmap' in screen) {
      screen.transferFromImageBitmap(image);
      return;
    }
    // Where a picture is see-through, the last one is not to be seen.
    screen.globalCompositeOperation = 'copy';
    screen.drawImage(image, 0, 0, output.width, output.height);
  } finally {
    image.close();
  }
}
