import type { EventController, VideoFrameBuffer, VideoFrameProcessor } from 'amazon-chime-sdk-js';
import type { Model } from './assets.js';
import { CanvasBuffer, createResultCanvas, type ResultCanvas } from './chime-buffer.js';
import { ChimeHooks, type SegmentationMetricsObserver } from './chime-hooks.js';
import type { Effect } from './effect.js';
import type { FrameSource } from './engine.js';
import { frameSize } from './frame.js';
import type { MattingOptions } from './matting.js';
import type { Metrics } from './metrics.js';
import { checkOptions, type VirtualBackgroundOptions } from './options.js';
import type { QualityOption } from './quality.js';
import type { Support } from './support.js';
import { type ChangeOptions, VirtualBackground, type VirtualBackgroundEvents } from './virtual-background.js';

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
  #effect: Effect;
  #model: Model;
  readonly #result: ResultCanvas = createResultCanvas();
  #destroyed = false;

  private constructor(
    background: VirtualBackground,
    { effect, model, keepAlpha }: { effect: Effect; model: Model; keepAlpha: boolean },
    created: number,
  ) {
    this.#background = background;
    this.#keepAlpha = keepAlpha;
    this.#effect = effect;
    this.#model = model;
    this.#hooks = new ChimeHooks(() => ({ effect: this.#effect, model: this.#model }), created);
    background.addEventListener('metrics', ({ detail }) => this.#hooks.measured(detail));
    background.addEventListener('error', ({ detail }) => this.#hooks.failed(detail));
  }

  /** As {@link VirtualBackground.support}. */
  static support(): Promise<Support> {
    return VirtualBackground.support();
  }

  /** Whether this browser can run Cyclorama. Loads nothing; {@link support} says why not. */
  static isSupported(): Promise<boolean> {
    return VirtualBackground.isSupported();
  }

  /** As {@link VirtualBackground.create}. */
  static async create(options: ChimeVideoFrameProcessorOptions = {}): Promise<ChimeVideoFrameProcessor> {
    const { keepAlpha = false, ...rest } = options;
    const start = performance.now();
    const background = await VirtualBackground.create(
      rest.effect ? { ...rest, effect: drawable(rest.effect, keepAlpha) } : rest,
    );
    const { effect, model } = checkOptions(rest);
    const created = performance.now() - start;
    return new ChimeVideoFrameProcessor(background, { effect, model, keepAlpha }, created);
  }

  /**
   * Called by the SDK for each frame. Never rejects, as that would stop the SDK's pipeline for ever: what fails is
   * hidden, see {@link VirtualBackgroundOptions.onFailure}. Where there is no picture to hide (the SDK's first calls,
   * or one after {@link destroy}) an empty buffer comes out, which the SDK does not draw.
   */
  async process(buffers: VideoFrameBuffer[]): Promise<VideoFrameBuffer[]> {
    const input = buffers[0];
    const framerate = input?.framerate ?? 0;
    const source = input && !this.#destroyed ? await readable(input) : undefined;
    if (!source) return [CanvasBuffer.empty(framerate)];
    try {
      const { image } = await this.#background.processFrame(
        source,
        framerate > 0 ? { frameRate: framerate } : {},
      );
      if (!this.#destroyed) return [await this.#result.show(image, framerate)];
      image.close();
    } catch {
      // The camera may have stopped meanwhile; an empty buffer leaves the last result standing.
    }
    return [CanvasBuffer.empty(framerate)];
  }

  /** As {@link VirtualBackground.setEffect}. */
  async setEffect(effect: Effect, options?: ChangeOptions): Promise<void> {
    await this.#background.setEffect(drawable(effect, this.#keepAlpha), options);
    this.#effect = effect;
    this.#hooks.changed();
  }

  /** As {@link VirtualBackground.setModel}. */
  async setModel(model: Model, options?: ChangeOptions): Promise<void> {
    await this.#background.setModel(model, options);
    this.#model = model;
    this.#hooks.changed();
  }

  /** As {@link VirtualBackground.setMatting}. */
  setMatting(options: MattingOptions): Promise<void> {
    return this.#background.setMatting(options);
  }

  /** As {@link VirtualBackground.setQuality}. */
  async setQuality(quality: QualityOption, options?: ChangeOptions): Promise<void> {
    await this.#background.setQuality(quality, options);
    // A rung may bring a network of its own.
    if (typeof quality === 'object' && quality.model !== undefined) this.#model = quality.model;
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
    this.#destroyed = true;
    this.#result.clear();
    await this.#background.destroy();
  }
}

/** What stands for an effect where results are drawn over one another. */
function drawable(effect: Effect, keepAlpha: boolean): Effect {
  return effect.kind === 'transparent' && !keepAlpha ? { kind: 'color', color: '#000000' } : effect;
}

/** The picture in a buffer; `undefined` where it is empty or destroyed. */
async function readable(buffer: VideoFrameBuffer): Promise<FrameSource | undefined> {
  try {
    const source = (buffer.asCanvasElement?.() ?? (await buffer.asCanvasImageSource())) as FrameSource;
    frameSize(source);
    return source;
  } catch {
    return undefined;
  }
}
