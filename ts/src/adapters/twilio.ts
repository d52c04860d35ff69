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

/** Options of a Twilio processor. Every option has a default. */
export interface CycloramaVideoProcessorOptions extends VirtualBackgroundOptions {
  /**
   * Sets the camera's frames per second, which Twilio does not report. `quality: 'auto'` computes its budget
   * with it. Set it if your camera's frame rate differs from 30.
   *
   * @default 30
   * @example 24
   */
  frameRate?: number;
}

/** Twilio's frame buffers. Its type of `VideoFrame` is incomplete. */
type TwilioFrame = Parameters<VideoProcessor['processFrame']>[0];

/**
 * Replaces the background of a Twilio track. It supports all of Twilio's frame buffer types, and output
 * contexts of type `2d` and `bitmaprenderer`. Video frames with `bitmaprenderer` are the fastest.
 *
 * **Twilio itself sends the raw camera whenever a track has no processor:** before `addProcessor`,
 * after `removeProcessor`, and for a moment in `restart` and when a camera is unmuted. No processor can
 * prevent that.
 *
 * Twilio does not notify processors of their removal. Call {@link destroy} after `removeProcessor`.
 *
 * @example
 * const processor = await CycloramaVideoProcessor.create({ effect: { kind: 'blur', strength: 'medium' } });
 * cameraTrack.addProcessor(processor, {
 *   inputFrameBufferType: 'videoframe',
 *   outputFrameBufferContextType: 'bitmaprenderer',
 * });
 */
export class CycloramaVideoProcessor implements VideoProcessor {
  /** The background that processes the frames. Use it to change options, and for events. */
  readonly background: VirtualBackground;
  readonly #frameRate: number;

  private constructor(background: VirtualBackground, frameRate: number) {
    surviveProxies(this);
    this.background = background;
    this.#frameRate = frameRate;
  }

  /** See {@link VirtualBackground.support}. */
  static support(options?: SupportOptions): Promise<Support> {
    return VirtualBackground.support(options);
  }

  /** See {@link VirtualBackground.isSupported}. */
  static isSupported(options?: SupportOptions): Promise<boolean> {
    return VirtualBackground.isSupported(options);
  }

  /** See {@link VirtualBackground.create}. */
  static async create(options?: CycloramaVideoProcessorOptions): Promise<CycloramaVideoProcessor> {
    const { frameRate = 30, ...rest } = copyOptions(options);
    if (!(typeof frameRate === 'number' && frameRate > 0 && frameRate < Number.POSITIVE_INFINITY)) {
      throw invalid('frameRate', frameRate, 'a positive number of frames per second');
    }
    return new CycloramaVideoProcessor(await VirtualBackground.create(rest), frameRate);
  }

  /**
   * Called by Twilio for each frame. On failure it draws a placeholder frame, see
   * {@link VirtualBackgroundOptions.onFailure}. If the input has no image, the output does not change. Video
   * frames are closed, because Twilio does not close them.
   *
   * @throws {CycloramaError} `option` if the output is not a canvas, or has a context of another type. Twilio
   *   then stops its pipeline, and the track shows nothing
   */
  async processFrame(input: TwilioFrame, output: HTMLCanvasElement): Promise<void> {
    const frame = input as FrameSource;
    try {
      const context = contextOf(output);
      await this.background
        .processFrame(frame, { frameRate: this.#frameRate })
        .then(({ image }) => show(image, output, context))
        // A rejection would stop Twilio's pipeline for good, even for a camera without a first frame.
        .catch(() => {});
    } finally {
      if (isVideoFrame(frame)) frame.close();
    }
  }

  /** See {@link VirtualBackground.effect}. */
  get effect(): Effect {
    return this.background.effect;
  }

  /** See {@link VirtualBackground.model}. */
  get model(): Model {
    return this.background.model;
  }

  /** See {@link VirtualBackground.quality}. */
  get quality(): QualityOption {
    return this.background.quality;
  }

  /** See {@link VirtualBackground.backend}. */
  get backend(): Backend {
    return this.background.backend;
  }

  /** See {@link VirtualBackground.paused}. */
  get paused(): boolean {
    return this.background.paused;
  }

  /** See {@link VirtualBackground.destroyed}. */
  get destroyed(): boolean {
    return this.background.destroyed;
  }

  /** See {@link VirtualBackground.update}. */
  update(change: BackgroundChange, options?: ChangeOptions): Promise<boolean> {
    return this.background.update(change, options);
  }

  /** See {@link VirtualBackground.setEffect}. */
  setEffect(effect: Effect, options?: ChangeOptions): Promise<boolean> {
    return this.background.setEffect(effect, options);
  }

  /** See {@link VirtualBackground.destroy}. Later frames of Twilio become placeholder frames. */
  destroy(): Promise<void> {
    return this.background.destroy();
  }

  /** See {@link destroy}. */
  [asyncDispose](): Promise<void> {
    return this.destroy();
  }
}

function contextOf(output: HTMLCanvasElement): CanvasRenderingContext2D | ImageBitmapRenderingContext {
  if (!isCanvas(output) && !isOffscreenCanvas(output)) throw invalid('output', output, 'a canvas');
  const context = output.getContext('2d') ?? output.getContext('bitmaprenderer');
  if (context) return context;
  throw new CycloramaError(
    'option',
    "outputFrameBufferContextType must be '2d' or 'bitmaprenderer' when you add the processor",
  );
}

/** Draws an image at the output's size, and closes it. */
function show(
  image: ImageBitmap,
  output: HTMLCanvasElement,
  context: CanvasRenderingContext2D | ImageBitmapRenderingContext,
): void {
  try {
    // Twilio adapts the output only when the camera's width changes.
    if (image.width === output.width && image.height !== output.height) output.height = image.height;
    if ('transferFromImageBitmap' in context) {
      context.transferFromImageBitmap(image);
      return;
    }
    // A transparent image must not show the last one below it.
    context.globalCompositeOperation = 'copy';
    context.drawImage(image, 0, 0, output.width, output.height);
  } finally {
    image.close();
  }
}
