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

/** Options of a Chime processor. Every option has a default. */
export interface ChimeVideoFrameProcessorOptions extends VirtualBackgroundOptions {
  /**
   * Keeps the alpha channel of effect `transparent`. By default transparent pixels are black. Set it only if
   * a later processor fills them. The SDK draws each output over the last one, so a person would otherwise
   * leave a trail.
   *
   * @default false
   * @example true
   */
  keepAlpha?: boolean;
}

/**
 * Replaces the background in the video pipeline of the Amazon Chime SDK.
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

  /** See {@link VirtualBackground.support}. */
  static support(options?: SupportOptions): Promise<Support> {
    return VirtualBackground.support(options);
  }

  /** See {@link VirtualBackground.isSupported}. */
  static isSupported(options?: SupportOptions): Promise<boolean> {
    return VirtualBackground.isSupported(options);
  }

  /** See {@link VirtualBackground.create}. */
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

  /**
   * See {@link VirtualBackground.effect}. It is `transparent` even if that is drawn as black, see
   * `keepAlpha`.
   */
  get effect(): Effect {
    const { effect } = this.#background;
    return !this.#keepAlpha && isSameEffect(effect, BLACK) ? { kind: 'transparent' } : effect;
  }

  /** See {@link VirtualBackground.model}. */
  get model(): Model {
    return this.#background.model;
  }

  /** See {@link VirtualBackground.quality}. */
  get quality(): QualityOption {
    return this.#background.quality;
  }

  /** See {@link VirtualBackground.backend}. */
  get backend(): Backend {
    return this.#background.backend;
  }

  /** See {@link VirtualBackground.paused}. */
  get paused(): boolean {
    return this.#background.paused;
  }

  /** See {@link VirtualBackground.destroyed}. */
  get destroyed(): boolean {
    return this.#background.destroyed;
  }

  /**
   * Called by the SDK for each frame. Never rejects, because that would stop the SDK's pipeline for good.
   * Failures produce a placeholder frame, see {@link VirtualBackgroundOptions.onFailure}. If the input has no
   * image (the SDK's first calls, or a call after {@link destroy}), the output is an empty buffer, which the
   * SDK does not draw.
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
      // The camera may have stopped meanwhile. An empty buffer keeps the last output.
    }
    return [CanvasBuffer.empty(framerate)];
  }

  /** See {@link VirtualBackground.update}. */
  async update(change: BackgroundChange, options?: ChangeOptions): Promise<boolean> {
    const [effect, model, quality] = ['effect', 'model', 'quality'].map((name) => property(change, name));
    const isApplied = await this.#background.update(drawable(change, this.#keepAlpha), options);
    const isSelection = effect !== undefined || model !== undefined;
    if (isApplied && (isSelection || (quality !== undefined && this.#hasQualityModel))) this.#hooks.changed();
    return isApplied;
  }

  /** See {@link VirtualBackground.setEffect}. */
  async setEffect(effect: Effect, options?: ChangeOptions): Promise<boolean> {
    const given = drawable({ effect }, this.#keepAlpha);
    const isApplied = await this.#background.setEffect(given.effect, options);
    if (isApplied) this.#hooks.changed();
    return isApplied;
  }

  /** See {@link VirtualBackground.setModel}. */
  async setModel(model: Model, options?: ChangeOptions): Promise<boolean> {
    const isApplied = await this.#background.setModel(model, options);
    if (isApplied) this.#hooks.changed();
    return isApplied;
  }

  /** See {@link VirtualBackground.setMatting}. */
  setMatting(matting: MattingOptions, options?: ChangeOptions): Promise<boolean> {
    return this.#background.setMatting(matting, options);
  }

  /** See {@link VirtualBackground.setQuality}. */
  async setQuality(quality: QualityOption, options?: ChangeOptions): Promise<boolean> {
    const isApplied = await this.#background.setQuality(quality, options);
    if (isApplied && this.#hasQualityModel) this.#hooks.changed();
    return isApplied;
  }

  /** Whether the quality selects its own model. */
  get #hasQualityModel(): boolean {
    const { quality } = this;
    return typeof quality === 'object' && quality.model !== undefined;
  }

  /**
   * Called by the SDK's transform device with its metrics collector. The collector receives the same metrics
   * as from the SDK's processors: the initialization at once, and the frames' timings about once a second
   * unless `timing` is `off`.
   */
  setMetricsCollector(collector: SegmentationMetricsObserver): void {
    this.#hooks.setMetricsCollector(collector);
  }

  /**
   * Called by the SDK's transform device with its event controller. The controller receives the same events
   * as from the SDK's processors: the current effect (`backgroundFilterStarted`), later changes
   * (`backgroundFilterConfigSelected`), and failures that no image or frame causes
   * (`backgroundFilterFailed`). The SDK may send them to Amazon. They contain no URLs of images or models.
   */
  setEventController(eventController: EventController): void {
    this.#hooks.setEventController(eventController);
  }

  /** See {@link VirtualBackground.pause}. The SDK gets placeholder frames. */
  pause(): Promise<void> {
    return this.#background.pause();
  }

  /** See {@link VirtualBackground.resume}. */
  resume(): Promise<void> {
    return this.#background.resume();
  }

  /** See {@link VirtualBackground.metrics}. */
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

  /** Reverts {@link addEventListener}. */
  removeEventListener<Type extends keyof VirtualBackgroundEvents>(
    type: Type,
    listener: (event: VirtualBackgroundEvents[Type]) => void,
    options?: boolean | EventListenerOptions,
  ): void {
    this.#background.removeEventListener(type, listener, options);
  }

  /** See {@link VirtualBackground.destroy}. The SDK calls it when its transform device stops. */
  async destroy(): Promise<void> {
    const destroyed = this.#background.destroy();
    this.#result.clear();
    await destroyed;
  }

  /** See {@link destroy}. */
  [asyncDispose](): Promise<void> {
    return this.destroy();
  }
}

/** Replaces effect `transparent`, because the SDK draws outputs over one another. */
const BLACK: Effect = { kind: 'color', color: '#000000', lightWrap: 0 };

/** Options or a change, with an effect that can be drawn over the last output. Does not validate them. */
function drawable<Change extends { effect?: Effect }>(change: Change, keepAlpha: boolean): Change {
  const effect = property(change, 'effect');
  if (keepAlpha || property(effect, 'kind') !== 'transparent') return change;
  return Object.create(change, { effect: { value: BLACK } });
}

/** A property of any value. `undefined` if it cannot be read. */
function property(value: unknown, name: string): unknown {
  try {
    return isRecord(value) ? value[name] : undefined;
  } catch {
    return undefined;
  }
}

/** The camera's frames per second, 0 if unknown. JavaScript callers have no type checks. */
export function framerateOf(buffers: VideoFrameBuffer[]): number {
  const framerate = property(property(buffers, '0'), 'framerate');
  return typeof framerate === 'number' ? framerate : 0;
}

/** The image in the first buffer. `undefined` if it is missing, empty or destroyed. */
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
