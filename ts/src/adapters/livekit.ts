/**
 * Virtual backgrounds for LiveKit.
 *
 * @module cyclorama/livekit
 */

import type { LocalTrack, Track, TrackProcessor } from 'livekit-client';
import {
  applyChange,
  type BackgroundChange,
  type Configuration,
  checkChange,
  resolve,
  toOptions,
} from '../page/configuration.js';
import { mayCover } from '../page/display-policy.js';
import { asyncDispose } from '../page/disposable.js';
import { TypedEventTarget } from '../page/events.js';
import { checkOptions, checkSignal, type VirtualBackgroundOptions } from '../page/options.js';
import type { Support, SupportOptions } from '../page/support.js';
import {
  type ChangeOptions,
  VirtualBackground,
  type VirtualBackgroundEvents,
} from '../page/virtual-background.js';
import { abortable } from '../shared/abortable.js';
import type { Model } from '../shared/assets.js';
import type { Effect } from '../shared/effect.js';
import { CycloramaError } from '../shared/errors.js';
import type { MattingOptions } from '../shared/matting.js';
import { isMediaStream } from '../shared/platform-objects.js';
import type { QualityOption } from '../shared/quality.js';
import type { Backend } from '../shared/thread-support.js';
import { invalid, isRecord, take, takeOptions, thrown } from '../shared/validation.js';
import { copyOptions } from './copy-options.js';

/** The options that LiveKit passes to a processor, as far as they are used. */
export interface TrackOptions {
  /** The camera's track. */
  track: MediaStreamTrack;
  /** LiveKit's track object. Earlier versions of LiveKit do not pass one. */
  localTrack?: LocalTrack;
}

/**
 * Replaces the background of a LiveKit track. Each track needs its own processor.
 *
 * {@link create} returns a loaded processor. The constructor returns one that loads when LiveKit initializes
 * it. LiveKit destroys the processor when it or the track is stopped, which releases all resources. It may
 * initialize it again later, with the options of that time.
 *
 * It dispatches the events of {@link VirtualBackground}. If a track ends with its worker, LiveKit sends and
 * shows the replacement. Versions of LiveKit that do not pass `localTrack` need a call of `restartTrack`.
 *
 * **LiveKit itself sends the raw camera whenever a track has no processor:** before `setProcessor`
 * has resolved, after `stopProcessor`, between two processors if `setProcessor` gets another one, and for a
 * moment if `stop` is called while a camera opens (`restartTrack`, `unmute`). No processor can prevent that.
 * Change the effect, the model or the quality of the current processor instead. To set another one, unpublish
 * the track meanwhile.
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
   * The track that LiveKit sends and shows. LiveKit shows the camera if it is missing, so once set it is
   * never removed, even after the track has ended.
   */
  processedTrack?: MediaStreamTrack;
  readonly #options: VirtualBackgroundOptions;
  /** The configuration of the next background. */
  #configuration: Configuration;
  /** The caller's signal, which aborts only the first background. */
  #signal: AbortSignal | undefined;
  #background: VirtualBackground | undefined;
  /** The promise of the current background, from the start of its creation. */
  #opening: Promise<VirtualBackground> | undefined;
  #end = new AbortController();
  #localTrack: LocalTrack | undefined;
  /** Whether the last requested effect failed. Then `none` must not show the camera. */
  #isCameraHidden = false;
  #effectRequests = 0;
  #destroyed = false;

  /**
   * Creates a processor that loads when LiveKit initializes it.
   *
   * @throws {CycloramaError} `option`
   */
  constructor(options?: VirtualBackgroundOptions) {
    super();
    const given = copyOptions(options);
    const { assetBase, configuration, signal } = checkOptions(given);
    this.#options = { ...given, ...(assetBase && { assetBase }) };
    this.#configuration = configuration;
    this.#signal = signal;
  }

  /** See {@link VirtualBackground.support}. */
  static support(options?: SupportOptions): Promise<Support> {
    return VirtualBackground.support(options);
  }

  /** See {@link VirtualBackground.isSupported}. */
  static isSupported(options?: SupportOptions): Promise<boolean> {
    return VirtualBackground.isSupported(options);
  }

  /**
   * Creates a loaded processor, so that LiveKit does not have to wait. See {@link VirtualBackground.create}.
   */
  static async create(options?: VirtualBackgroundOptions): Promise<CycloramaTrackProcessor> {
    const processor = new CycloramaTrackProcessor(options);
    await processor.#open();
    return processor;
  }

  /**
   * The background that processes the frames. Exists from {@link create} or {@link init} until
   * {@link destroy}.
   */
  get background(): VirtualBackground | undefined {
    return this.#background;
  }

  /** See {@link VirtualBackground.effect}. Before loading, the effect that will be loaded. */
  get effect(): Effect {
    return this.#background?.effect ?? this.#configuration.effect.options;
  }

  /** See {@link VirtualBackground.model}. Before loading, the model that will be loaded. */
  get model(): Model {
    return this.#background?.model ?? resolve(this.#configuration).model;
  }

  /** See {@link VirtualBackground.quality}. Before loading, the quality that will be used. */
  get quality(): QualityOption {
    return this.#background?.quality ?? this.#configuration.quality;
  }

  /** See {@link VirtualBackground.backend}. `undefined` before loading. */
  get backend(): Backend | undefined {
    return this.#background?.backend;
  }

  /** See {@link VirtualBackground.paused}. */
  get paused(): boolean {
    return this.#background?.paused ?? false;
  }

  /** Whether the processor was destroyed and not initialized again. */
  get destroyed(): boolean {
    return this.#destroyed;
  }

  /**
   * Called by LiveKit's `setProcessor`. If this rejects, `setProcessor` rejects too and the track has no
   * processor.
   *
   * @throws {CycloramaError} the errors of {@link VirtualBackground.create} and
   *   {@link VirtualBackground.processTrack}
   */
  async init(options: TrackOptions): Promise<void> {
    const given: unknown = options;
    if (!isRecord(given)) throw invalid('options', given, 'an object with a track');
    const { track, localTrack } = take(options, ['track', 'localTrack']);
    if (!track) throw invalid('track', track, 'a video track');
    const wasOpen = this.#opening !== undefined;
    const opening = this.#open();
    const background = await opening;
    try {
      this.processedTrack = await background.processTrack(track);
      this.#localTrack = localTrack;
    } catch (cause) {
      // LiveKit destroys only processors that it has initialized.
      if (!wasOpen && this.#opening === opening) await this.destroy();
      throw cause;
    }
  }

  /** Called by LiveKit when the camera changes, such as after unmuting. Throws the errors of {@link init}. */
  restart(options: TrackOptions): Promise<void> {
    return this.init(options);
  }

  /** Called by LiveKit when the processor or the track is stopped. See {@link VirtualBackground.destroy}. */
  async destroy(): Promise<void> {
    const opening = this.#opening;
    this.#destroyed = true;
    this.#keepConfiguration();
    this.#opening = undefined;
    this.#background = undefined;
    this.#localTrack = undefined;
    this.#end.abort(new CycloramaError('destroyed', 'the processor was stopped'));
    await (await opening?.catch(() => undefined))?.destroy();
  }

  /** See {@link destroy}. */
  [asyncDispose](): Promise<void> {
    return this.destroy();
  }

  /**
   * See {@link VirtualBackground.update}. Before loading, the change applies to the background that will be
   * loaded.
   */
  async update(change: BackgroundChange, options?: ChangeOptions): Promise<boolean> {
    let checked: Partial<Configuration>;
    let signal: AbortSignal | undefined;
    try {
      checked = checkChange(change);
      ({ signal } = takeOptions(options, ['signal']));
      checkSignal(signal);
      // A loaded background checks the change against its own configuration.
      if (!this.#background) resolve(applyChange(this.#configuration, checked));
    } catch (cause) {
      if (mayCover(change)) this.#hideCamera();
      throw cause;
    }
    return this.#change(checked, signal);
  }

  /** {@link update} of the effect. */
  setEffect(effect: Effect, options?: ChangeOptions): Promise<boolean> {
    return this.#set({ effect }, 'effect', options);
  }

  /** {@link update} of the model. */
  setModel(model: Model, options?: ChangeOptions): Promise<boolean> {
    return this.#set({ model }, 'model', options);
  }

  /** {@link update} of edge refinement and temporal smoothing. Omitted options keep their values. */
  async setMatting(matting: MattingOptions, options?: ChangeOptions): Promise<boolean> {
    const given: unknown = matting;
    if (!isRecord(given)) throw invalid('matting', given, 'an object such as { refinement: "none" }');
    return this.update(take(matting, ['refinement', 'temporalSmoothing']), options);
  }

  /** {@link update} of the quality. */
  setQuality(quality: QualityOption, options?: ChangeOptions): Promise<boolean> {
    return this.#set({ quality }, 'quality', options);
  }

  /** Updates one option, which must not be `undefined`. */
  async #set(
    change: BackgroundChange,
    key: keyof BackgroundChange,
    options: ChangeOptions | undefined,
  ): Promise<boolean> {
    if (change[key] !== undefined) return this.update(change, options);
    if (key === 'effect') this.#hideCamera();
    throw invalid(key, undefined, 'given');
  }

  /** Changes the current background and the configuration of the next one. */
  async #change(change: Partial<Configuration>, signal: AbortSignal | undefined): Promise<boolean> {
    let opening: Promise<VirtualBackground> | undefined;
    if (change.effect) this.#effectRequests += 1;
    const request = this.#effectRequests;
    try {
      signal?.throwIfAborted();
      // A new background may replace the current one while it loads or changes.
      while (opening !== this.#opening) {
        opening = this.#opening;
        const background = await abortable(
          Promise.resolve(opening).catch(() => undefined),
          signal,
        );
        const isApplied = await background?.update(toOptions(change), signal ? { signal } : {});
        if (isApplied === false) return false;
      }
    } catch (cause) {
      if (change.effect && change.effect.parsed.kind !== 'none' && request === this.#effectRequests)
        this.#hideCamera();
      throw cause;
    }
    this.#configuration = applyChange(this.#configuration, change);
    if (change.effect && request === this.#effectRequests) this.#isCameraHidden = false;
    return true;
  }

  /** Hides the camera, as a background does after an invalid effect. */
  #hideCamera(): void {
    this.#effectRequests += 1;
    this.#isCameraHidden = true;
    this.#background?.setEffect(null as unknown as Effect).catch(() => {});
  }

  /** Keeps the background's configuration for the next one. Apps may have changed the background directly. */
  #keepConfiguration(): void {
    if (this.#background) this.#configuration = this.#background.configuration;
  }

  #open(): Promise<VirtualBackground> {
    this.#opening ??= this.#createBackground();
    return this.#opening;
  }

  async #createBackground(): Promise<VirtualBackground> {
    const end = new AbortController();
    this.#end = end;
    this.#destroyed = false;
    const signal = this.#signal;
    try {
      const background = await VirtualBackground.create({
        ...this.#options,
        ...toOptions(this.#configuration),
        signal: signal ? AbortSignal.any([signal, end.signal]) : end.signal,
      });
      // The signal aborts only the first background.
      this.#signal = undefined;
      if (!end.signal.aborted) this.#background = background;
      if (this.#isCameraHidden) this.#hideCamera();
      background.addEventListener('track', ({ detail }) => {
        if (this.#background === background) void this.#replace(detail.track);
      });
      for (const type of EVENTS) {
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

  /** Makes LiveKit send and show another track after one has ended. */
  async #replace(track: MediaStreamTrack): Promise<void> {
    const ended = this.processedTrack;
    this.processedTrack = track;
    const local = this.#localTrack;
    if (!local) return;
    try {
      for (const element of local.attachedElements) if (shows(element, ended)) local.attach(element);
      // A paused track resumes with the new one. An unpublished track is not sent.
      if (local.isUpstreamPaused || local.sid === undefined) return;
      await local.pauseUpstream();
      await local.resumeUpstream();
    } catch (cause) {
      const error = new CycloramaError('internal', `LiveKit rejected the new track: ${thrown(cause)}`, {
        cause,
      });
      this.dispatchEvent(new CustomEvent('error', { detail: error }));
    }
  }
}

const EVENTS = [
  'metrics',
  'error',
  'recovered',
  'quality',
  'track',
] as const satisfies readonly (keyof VirtualBackgroundEvents)[];

/** Whether an element of LiveKit shows this track, and not the camera. */
function shows({ srcObject }: HTMLMediaElement, track: MediaStreamTrack | undefined): boolean {
  return track !== undefined && isMediaStream(srcObject) && srcObject.getTracks().includes(track);
}
