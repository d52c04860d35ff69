import type { EventController, VideoFrameBuffer, VideoFrameProcessor } from 'amazon-chime-sdk-js';
import type { BackgroundChange } from '../../page/configuration.js';
import { asyncDispose } from '../../page/disposable.js';
import type { VirtualBackgroundOptions } from '../../page/options.js';
import { surviveProxies } from '../../page/proxied.js';
import type { Support, SupportOptions } from '../../page/support.js';
import {
  type ChangeOptions,
  VirtualBackground,
  type VirtualBackgroundEvents,
} from '../../page/virtual-background.js';
import type { Model } from '../../shared/assets.js';
import { type Effect, isSameEffect } from '../../shared/effect.js';
import type { FrameSource } from '../../shared/engine-types.js';
import { frameSize } from '../../shared/frame.js';
import type { MattingOptions } from '../../shared/matting.js';
import type { Metrics } from '../../shared/metrics.js';
import type { QualityOption } from '../../shared/quality.js';
import type { Backend } from '../../shared/thread-support.js';
import { checkFlag, isRecord } from '../../shared/validation.js';
import { copyOptions } from '../copy-options.js';
import { CanvasBuffer, createResultCanvas, type ResultCanvas } from './frame-buffer.js';
import { ChimeHooks, type SegmentationMetricsObserver } from './sdk-metrics.js';

/** How a processor is made; every option has a default. */
export interface ChimeVideoFrameProcessorOptions extends VirtualBackgroundOptions {
  /**
   * Whether effect `transparent` gives transparent pixels; without it they are black. Set it only where another
   * processor follows that fills them: the SDK draws each result over the one before, so that a person would leave
   * a trail.
   *
   * @default false
   * @example true
   */
  keepAlpha?: boolean;
}

/**
 * A stage of the SDK's video pipeline that puts another background behind the person.
 *
 * @example
 * const processor = await ChimeVideoFrameProcessor.create({ effect: { kind: 'blur', strength: 'medium' } });
 * const device = new DefaultVideoTransformDevice(logger, 'camera-id', [processor]);
 * await meetingSession.audioVideo.startVideoInput(device);
 */
export class ChimeVideoFrameProcessor implements VideoFrameProcessor {
  readonly #background: VirtualBackground;
  readonly #keepAlpha: boolean;
  readonly #hooks: ChimeHooks;
  readonly #result: ResultCanvas = createResultCanvas();

  private constructor(background: VirtualBackground, keepAlpha: boolean, created: number) {
    surviveProxies(this);
    this.#background = background;
    this.#keepAlpha = keepAlpha;
    this.#hooks = new ChimeHooks(() => this, created);
    background.addEventListener('metrics', ({ detail }) => this.#hooks.measured(detail));
    background.addEventListener('error', ({ detail }) => this.#hooks.failed(detail));
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
  static async create(options: ChimeVideoFrameProcessorOptions = {}): Promise<ChimeVideoFrameProcessor> {
    const { keepAlpha = false, ...rest } = copyOptions(options);
    checkFlag('keepAlpha', keepAlpha);
    const start = performance.now();
    const background = await VirtualBackground.create(drawable(rest, keepAlpha));
    try {
      return new ChimeVideoFrameProcessor(background, keepAlpha, performance.now() - start);
    } catch (cause) {
      await background.destroy();
      throw cause;
    }
  }

  /** As {@link VirtualBackground.effect}; `transparent` where that is shown as black, see `keepAlpha`. */
  get effect(): Effect {
    const { effect } = this.#background;
    return !this.#keepAlpha && isSameEffect(effect, BLACK) ? { kind: 'transparent' } : effect;
  }

  /** As {@link VirtualBackground.model}. */
  get model(): Model {
    return this.#background.model;
  }

  /** As {@link VirtualBackground.quality}. */
  get quality(): QualityOption {
    return this.#background.quality;
  }

  /** As {@link VirtualBackground.backend}. */
  get backend(): Backend {
    return this.#background.backend;
  }

  /** As {@link VirtualBackground.paused}. */
  get paused(): boolean {
    return this.#background.paused;
  }

  /** As {@link VirtualBackground.destroyed}. */
  get destroyed(): boolean {
    return this.#background.destroyed;
  }

  /**
   * Called by the SDK for each frame. Never rejects, as that would stop the SDK's pipeline for ever: what fails is
   * hidden, see {@link VirtualBackgroundOptions.onFailure}. Where there is no picture to hide (the SDK's first calls,
   * or one after {@link destroy}) an empty buffer comes out, which the SDK does not draw.
   */
  async process(buffers: VideoFrameBuffer[]): Promise<VideoFrameBuffer[]> {
    const framerate = framerateOf(buffers);
    const source = this.destroyed ? undefined : await readable(buffers);
    if (!source) return [CanvasBuffer.empty(framerate)];
    try {
      const { image } = await this.#background.processFrame(
        source,
        framerate > 0 ? { frameRate: framerate } : {},
      );
      if (!this.destroyed) return [await this.#result.show(image, framerate)];
      image.close();
    } catch {
      // The camera may have stopped meanwhile; an empty buffer leaves the last result standing.
    }
    return [CanvasBuffer.empty(framerate)];
  }

  /** As {@link VirtualBackground.update}. */
  async update(change: BackgroundChange, options?: ChangeOptions): Promise<boolean> {
    const [effect, model, quality] = ['effect', 'model', 'quality'].map((name) => property(change, name));
    const isInForce = await this.#background.update(drawable(change, this.#keepAlpha), options);
    const isChoice = effect !== undefined || model !== undefined;
    if (isInForce && (isChoice || (quality !== undefined && this.#bringsModel))) this.#hooks.changed();
    return isInForce;
  }

  /** As {@link VirtualBackground.setEffect}. */
  async setEffect(effect: Effect, options?: ChangeOptions): Promise<boolean> {
    const given = drawable({ effect }, this.#keepAlpha);
    const isInForce = await this.#background.setEffect(given.effect, options);
    if (isInForce) this.#hooks.changed();
    return isInForce;
  }

  /** As {@link VirtualBackground.setModel}. */
  async setModel(model: Model, options?: ChangeOptions): Promise<boolean> {
    const isInForce = await this.#background.setModel(model, options);
    if (isInForce) this.#hooks.changed();
    return isInForce;
  }

  /** As {@link VirtualBackground.setMatting}. */
  setMatting(matting: MattingOptions, options?: ChangeOptions): Promise<boolean> {
    return this.#background.setMatting(matting, options);
  }

  /** As {@link VirtualBackground.setQuality}. */
  async setQuality(quality: QualityOption, options?: ChangeOptions): Promise<boolean> {
    const isInForce = await this.#background.setQuality(quality, options);
    if (isInForce && this.#bringsModel) this.#hooks.changed();
    return isInForce;
  }

  /** Whether the quality has a network of its own. */
  get #bringsModel(): boolean {
    const { quality } = this;
    return typeof quality === 'object' && quality.model !== undefined;
  }

  /**
   * Called by the SDK's transform device with its collector of statistics, which is told of the processor what it is told of
   * the SDK's own: how it was made, at once, and what its frames take, about once a second; nothing more with
   * `timing: 'off'`.
   */
  setMetricsCollector(collector: SegmentationMetricsObserver): void {
    this.#hooks.setMetricsCollector(collector);
  }

  /**
   * Called by the SDK's transform device. The controller is told what the SDK's own processors tell it: the effect as it
   * is (`backgroundFilterStarted`), each one that is chosen later (`backgroundFilterConfigSelected`), and what fails for
   * other reasons than a picture or a frame (`backgroundFilterFailed`). The SDK may send that to Amazon; addresses of
   * pictures and networks are not in it.
   */
  setEventController(eventController: EventController): void {
    this.#hooks.setEventController(eventController);
  }

  /** As {@link VirtualBackground.pause}: the SDK's output is hidden. */
  pause(): Promise<void> {
    return this.#background.pause();
  }

  /** As {@link VirtualBackground.resume}. */
  resume(): Promise<void> {
    return this.#background.resume();
  }

  /** As {@link VirtualBackground.metrics}. */
  metrics(): Promise<Metrics> {
    return this.#background.metrics();
  }

  /** Listens to the events of {@link VirtualBackground}. */
  addEventListener<Type extends keyof VirtualBackgroundEvents>(
    type: Type,
    listener: (event: VirtualBackgroundEvents[Type]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void {
    this.#background.addEventListener(type, listener, options);
  }

  /** Undoes {@link addEventListener}. */
  removeEventListener<Type extends keyof VirtualBackgroundEvents>(
    type: Type,
    listener: (event: VirtualBackgroundEvents[Type]) => void,
    options?: boolean | EventListenerOptions,
  ): void {
    this.#background.removeEventListener(type, listener, options);
  }

  /** As {@link VirtualBackground.destroy}; the SDK calls it when its transform device stops. */
  async destroy(): Promise<void> {
    const destroyed = this.#background.destroy();
    this.#result.clear();
    await destroyed;
  }

  /** As {@link destroy}. */
  [asyncDispose](): Promise<void> {
    return this.destroy();
  }
}

/** What stands for effect `transparent` where results are drawn over one another. */
const BLACK: Effect = { kind: 'color', color: '#000000', lightWrap: 0 };

/** Options or a change, with an effect that can be drawn over the result before. What is wrong with them, the background says. */
function drawable<Change extends { effect?: Effect }>(change: Change, keepAlpha: boolean): Change {
  const effect = property(change, 'effect');
  if (keepAlpha || property(effect, 'kind') !== 'transparent') return change;
  return Object.create(change, { effect: { value: BLACK } });
}

/** A property of what may be anything; `undefined` where it cannot be read. */
function property(value: unknown, name: string): unknown {
  try {
    return isRecord(value) ? value[name] : undefined;
  } catch {
    return undefined;
  }
}

/** How many frames a second the camera gives; 0 where that is not known. Plain JavaScript callers may give anything. */
export function framerateOf(buffers: VideoFrameBuffer[]): number {
  const framerate = property(property(buffers, '0'), 'framerate');
  return typeof framerate === 'number' ? framerate : 0;
}

/** The picture in the first buffer; `undefined` where there is none, or it is empty or destroyed. */
async function readable(buffers: VideoFrameBuffer[]): Promise<FrameSource | undefined> {
  try {
    const [buffer] = buffers;
    if (!buffer) return undefined;
    const source = (buffer.asCanvasElement?.() ?? (await buffer.asCanvasImageSource())) as FrameSource;
    frameSize(source);
    return source;
  } catch {
    return undefined;
  }
}
