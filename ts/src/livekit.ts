/**
 * Virtual backgrounds for LiveKit.
 *
 * @module cyclorama/livekit
 */
import type { Track, TrackProcessor } from 'livekit-client';
import type { Model } from './assets.js';
import type { Effect } from './effect.js';
import { CycloramaError } from './errors.js';
import { TypedEventTarget } from './events.js';
import type { MattingOptions } from './matting.js';
import { checkOptions, type VirtualBackgroundOptions } from './options.js';
import type { QualityOption } from './quality.js';
import type { Support } from './support.js';
import { type ChangeOptions, VirtualBackground, type VirtualBackgroundEvents } from './virtual-background.js';

/**
 * Puts another background behind the person in a LiveKit track. Each track has a processor of its own.
 *
 * It can be made at once, and then loads when LiveKit sets it up, or ready by {@link create}. LiveKit takes it down when the
 * processor or the track is stopped, which releases everything, and may set it up again, with all that was chosen by then.
 * Its events are those of {@link VirtualBackground}.
 *
 * **LiveKit itself sends the camera as it is whenever a track has no processor:** until `setProcessor` has resolved, after
 * `stopProcessor`, between two processors where `setProcessor` is given another one, and for a moment where `stop` is called
 * while a camera is being opened (`restartTrack`, `unmute`). No processor can prevent that. Change the effect, the network or
 * the quality of the one that is set; to set another one, unpublish the track meanwhile.
 *
 * @example
 * const processor = await CycloramaTrackProcessor.create({ effect: { kind: 'blur', strength: 'medium' } });
 * await cameraTrack.setProcessor(processor);
 */
export class CycloramaTrackProcessor
  extends TypedEventTarget<VirtualBackgroundEvents>
  implements TrackProcessor<Track.Kind.Video>
{
  readonly name = 'cyclorama';
  /**
   * What LiveKit sends and shows. LiveKit shows the camera in place of a track that is missing: from the first on there is
   * one for good, if need be one that has ended.
   */
  processedTrack?: MediaStreamTrack;
  #options: VirtualBackgroundOptions;
  #background: VirtualBackground | undefined;
  /** Of the background that is there, or is being made. */
  #opening: Promise<VirtualBackground> | undefined;
  #end = new AbortController();

  /**
   * Loads nothing yet.
   *
   * @throws {CycloramaError} `option`
   */
  constructor(options: VirtualBackgroundOptions = {}) {
    super();
    checkOptions(options);
    this.#options = options;
  }

  /** As {@link VirtualBackground.support}. */
  static support(): Promise<Support> {
    return VirtualBackground.support();
  }

  /** Whether this browser can run Cyclorama. Loads nothing; {@link support} says why not. */
  static isSupported(): Promise<boolean> {
    return VirtualBackground.isSupported();
  }

  /** A processor that is ready, so that LiveKit need not wait. As {@link VirtualBackground.create}. */
  static async create(options: VirtualBackgroundOptions = {}): Promise<CycloramaTrackProcessor> {
    const processor = new CycloramaTrackProcessor(options);
    await processor.#open();
    return processor;
  }

  /** What makes the frames, while there is one: from {@link create} or {@link init} on until {@link destroy}. */
  get background(): VirtualBackground | undefined {
    return this.#background;
  }

  /**
   * Called by LiveKit's `setProcessor`, which rejects where this does, and leaves the track without a processor.
   *
   * @throws {CycloramaError} as {@link VirtualBackground.create} and {@link VirtualBackground.process}
   */
  async init({ track }: { track: MediaStreamTrack }): Promise<void> {
    const wasOpen = this.#opening !== undefined;
    const opening = this.#open();
    const background = await opening;
    try {
      this.processedTrack = await background.process(track);
    } catch (cause) {
      // LiveKit takes down only what it has set up.
      if (!wasOpen && this.#opening === opening) await this.destroy();
      throw cause;
    }
  }

  /** Called by LiveKit when the camera is another one, such as after unmuting. Throws as {@link init}. */
  restart(options: { track: MediaStreamTrack }): Promise<void> {
    return this.init(options);
  }

  /** Called by LiveKit when the processor or the track is stopped: as {@link VirtualBackground.destroy}. */
  async destroy(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    this.#background = undefined;
    this.#end.abort(new CycloramaError('destroyed', 'the processor was stopped'));
    await (await opening?.catch(() => undefined))?.destroy();
  }

  /** As {@link VirtualBackground.setEffect}; while nothing is loaded the effect is kept for then. */
  async setEffect(effect: Effect, options?: ChangeOptions): Promise<void> {
    await this.#change({ effect }, (background) => background.setEffect(effect, options));
  }

  /** As {@link VirtualBackground.setModel}; while nothing is loaded the network is kept for then. */
  async setModel(model: Model, options?: ChangeOptions): Promise<void> {
    await this.#change({ model }, (background) => background.setModel(model, options));
  }

  /** As {@link VirtualBackground.setMatting}; while nothing is loaded the options are kept for then. */
  async setMatting(options: MattingOptions): Promise<void> {
    await this.#change(options, (background) => background.setMatting(options));
  }

  /** As {@link VirtualBackground.setQuality}; while nothing is loaded the quality is kept for then. */
  async setQuality(quality: QualityOption, options?: ChangeOptions): Promise<void> {
    await this.#change({ quality }, (background) => background.setQuality(quality, options));
  }

  /** Changes what there is, or is being made, and what is made next. */
  async #change(
    change: VirtualBackgroundOptions,
    apply: (background: VirtualBackground) => Promise<void>,
  ): Promise<void> {
    checkOptions({ ...this.#options, ...change });
    let opening: Promise<VirtualBackground> | undefined;
    // Another one may be in its place by the time that it is there, or is changed.
    while (opening !== this.#opening) {
      opening = this.#opening;
      const background = await opening?.catch(() => undefined);
      if (background) await apply(background);
    }
    this.#options = { ...this.#options, ...change };
  }

  #open(): Promise<VirtualBackground> {
    this.#opening ??= this.#make();
    return this.#opening;
  }

  async #make(): Promise<VirtualBackground> {
    const end = new AbortController();
    this.#end = end;
    const { signal } = this.#options;
    try {
      const background = await VirtualBackground.create({
        ...this.#options,
        signal: signal ? AbortSignal.any([signal, end.signal]) : end.signal,
      });
      // It was for the first time.
      const { signal: _, ...options } = this.#options;
      this.#options = options;
      if (!end.signal.aborted) this.#background = background;
      for (const type of ['metrics', 'error', 'recovered', 'quality'] as const) {
        background.addEventListener(type, ({ detail }) =>
          this.dispatchEvent(new CustomEvent<unknown>(type, { detail })),
        );
      }
      return background;
    } catch (cause) {
      if (this.#end === end) this.#opening = undefined;
      throw cause;
    }
  }
}
