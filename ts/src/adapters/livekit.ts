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
  mayCover,
  resolve,
  toOptions,
} from '../page/configuration.js';
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

/** What LiveKit hands to a processor, as much of it as is used. */
export interface TrackOptions {
  /** The camera. */
  track: MediaStreamTrack;
  /** LiveKit's own track; its earlier versions hand in none. */
  localTrack?: LocalTrack;
}

/**
 * Puts another background behind the person in a LiveKit track. Each track has a processor of its own.
 *
 * It can be made at once, and then loads when LiveKit sets it up, or ready by {@link create}. LiveKit takes it down when the
 * processor or the track is stopped, which releases everything, and may set it up again, with all that was chosen by then.
 * Its events are those of {@link VirtualBackground}. Where a track ends with its worker, LiveKit sends and shows the one that takes its
 * place; a version of LiveKit that hands in no `localTrack` does so once the app calls `restartTrack`.
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
  readonly #options: VirtualBackgroundOptions;
  /** What the next background is made with. */
  #configuration: Configuration;
  /** What is aborted with the first background that is made. */
  #signal: AbortSignal | undefined;
  #background: VirtualBackground | undefined;
  /** Of the background that is there, or is being made. */
  #opening: Promise<VirtualBackground> | undefined;
  #end = new AbortController();
  #localTrack: LocalTrack | undefined;
  /** Whether the last effect that was asked for could not be had: `none` is none to fall back on then. */
  #isCovered = false;
  /** How many effects were asked for. */
  #effectWishes = 0;
  #destroyed = false;

  /**
   * Loads nothing yet.
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

  /** As {@link VirtualBackground.support}. */
  static support(options?: SupportOptions): Promise<Support> {
    return VirtualBackground.support(options);
  }

  /** As {@link VirtualBackground.isSupported}. */
  static isSupported(options?: SupportOptions): Promise<boolean> {
    return VirtualBackground.isSupported(options);
  }

  /** A processor that is ready, so that LiveKit need not wait. As {@link VirtualBackground.create}. */
  static async create(options?: VirtualBackgroundOptions): Promise<CycloramaTrackProcessor> {
    const processor = new CycloramaTrackProcessor(options);
    await processor.#open();
    return processor;
  }

  /** What makes the frames, while there is one: from {@link create} or {@link init} on until {@link destroy}. */
  get background(): VirtualBackground | undefined {
    return this.#background;
  }

  /** As {@link VirtualBackground.effect}; while nothing is loaded, what is kept for then. */
  get effect(): Effect {
    return this.#background?.effect ?? this.#configuration.effect.options;
  }

  /** As {@link VirtualBackground.model}; while nothing is loaded, what is kept for then. */
  get model(): Model {
    return this.#background?.model ?? resolve(this.#configuration).model;
  }

  /** As {@link VirtualBackground.quality}; while nothing is loaded, what is kept for then. */
  get quality(): QualityOption {
    return this.#background?.quality ?? this.#configuration.quality;
  }

  /** As {@link VirtualBackground.backend}; `undefined` while nothing is loaded. */
  get backend(): Backend | undefined {
    return this.#background?.backend;
  }

  /** As {@link VirtualBackground.paused}. */
  get paused(): boolean {
    return this.#background?.paused ?? false;
  }

  /** Whether it was taken down and not set up since. */
  get destroyed(): boolean {
    return this.#destroyed;
  }

  /**
   * Called by LiveKit's `setProcessor`, which rejects where this does, and leaves the track without a processor.
   *
   * @throws {CycloramaError} as {@link VirtualBackground.create} and {@link VirtualBackground.processTrack}
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
      // LiveKit takes down only what it has set up.
      if (!wasOpen && this.#opening === opening) await this.destroy();
      throw cause;
    }
  }

  /** Called by LiveKit when the camera is another one, such as after unmuting. Throws as {@link init}. */
  restart(options: TrackOptions): Promise<void> {
    return this.init(options);
  }

  /** Called by LiveKit when the processor or the track is stopped: as {@link VirtualBackground.destroy}. */
  async destroy(): Promise<void> {
    const opening = this.#opening;
    this.#destroyed = true;
    this.#keep();
    this.#opening = undefined;
    this.#background = undefined;
    this.#localTrack = undefined;
    this.#end.abort(new CycloramaError('destroyed', 'the processor was stopped'));
    await (await opening?.catch(() => undefined))?.destroy();
  }

  /** As {@link destroy}. */
  [asyncDispose](): Promise<void> {
    return this.destroy();
  }

  /** As {@link VirtualBackground.update}; while nothing is loaded the change is kept for then. */
  async update(change: BackgroundChange, options?: ChangeOptions): Promise<boolean> {
    let checked: Partial<Configuration>;
    let signal: AbortSignal | undefined;
    try {
      checked = checkChange(change);
      ({ signal } = takeOptions(options, ['signal']));
      checkSignal(signal);
      // A background that is there knows better what it is.
      if (!this.#background) resolve(applyChange(this.#configuration, checked));
    } catch (cause) {
      if (mayCover(change)) this.#cover();
      throw cause;
    }
    return this.#change(checked, signal);
  }

  /** {@link update} of the effect. */
  setEffect(effect: Effect, options?: ChangeOptions): Promise<boolean> {
    return this.#set({ effect }, 'effect', options);
  }

  /** {@link update} of the network. */
  setModel(model: Model, options?: ChangeOptions): Promise<boolean> {
    return this.#set({ model }, 'model', options);
  }

  /** {@link update} of how masks are refined and steadied; what is left out stays as it was. */
  async setMatting(matting: MattingOptions, options?: ChangeOptions): Promise<boolean> {
    const given: unknown = matting;
    if (!isRecord(given)) throw invalid('matting', given, 'an object such as { refinement: "none" }');
    return this.update(take(matting, ['refinement', 'temporalSmoothing']), options);
  }

  /** {@link update} of how much is done for a frame. */
  setQuality(quality: QualityOption, options?: ChangeOptions): Promise<boolean> {
    return this.#set({ quality }, 'quality', options);
  }

  /** An update of one thing, which has to be given. */
  async #set(
    change: BackgroundChange,
    key: keyof BackgroundChange,
    options: ChangeOptions | undefined,
  ): Promise<boolean> {
    if (change[key] !== undefined) return this.update(change, options);
    if (key === 'effect') this.#cover();
    throw invalid(key, undefined, 'given');
  }

  /** Changes what there is, or is being made, and what is made next. */
  async #change(change: Partial<Configuration>, signal: AbortSignal | undefined): Promise<boolean> {
    let opening: Promise<VirtualBackground> | undefined;
    if (change.effect) this.#effectWishes += 1;
    const wish = this.#effectWishes;
    try {
      signal?.throwIfAborted();
      // Another one may be in its place by the time that it is there, or is changed.
      while (opening !== this.#opening) {
        opening = this.#opening;
        const background = await abortable(
          Promise.resolve(opening).catch(() => undefined),
          signal,
        );
        const inForce = await background?.update(toOptions(change), signal ? { signal } : {});
        if (inForce === false) return false;
      }
    } catch (cause) {
      if (change.effect && change.effect.parsed.kind !== 'none' && wish === this.#effectWishes) this.#cover();
      throw cause;
    }
    this.#configuration = applyChange(this.#configuration, change);
    if (change.effect && wish === this.#effectWishes) this.#isCovered = false;
    return true;
  }

  /** Hides the camera where that is shown as it is, as a background does that is asked for an effect that it cannot have. */
  #cover(): void {
    this.#effectWishes += 1;
    this.#isCovered = true;
    this.#background?.setEffect(null as unknown as Effect).catch(() => {});
  }

  /** Keeps what the background is like for the next one, however it was changed. */
  #keep(): void {
    if (this.#background) this.#configuration = this.#background.configuration;
  }

  #open(): Promise<VirtualBackground> {
    this.#opening ??= this.#make();
    return this.#opening;
  }

  async #make(): Promise<VirtualBackground> {
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
      // It was for the first time.
      this.#signal = undefined;
      if (!end.signal.aborted) this.#background = background;
      if (this.#isCovered) this.#cover();
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

  /** Has LiveKit send and show another track in place of one that has ended. */
  async #replace(track: MediaStreamTrack): Promise<void> {
    const ended = this.processedTrack;
    this.processedTrack = track;
    const local = this.#localTrack;
    if (!local) return;
    try {
      for (const element of local.attachedElements) if (shows(element, ended)) local.attach(element);
      // One that was paused goes on with this one; one that is not published has nobody to send to.
      if (local.isUpstreamPaused || local.sid === undefined) return;
      await local.pauseUpstream();
      await local.resumeUpstream();
    } catch (cause) {
      const error = new CycloramaError('internal', `LiveKit does not take the new track: ${thrown(cause)}`, {
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

/** Whether an element of LiveKit's shows this track, and not the camera. */
function shows({ srcObject }: HTMLMediaElement, track: MediaStreamTrack | undefined): boolean {
  return track !== undefined && isMediaStream(srcObject) && srcObject.getTracks().includes(track);
}
