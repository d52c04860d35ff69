import { transfer } from 'comlink';
import { abortable } from '../shared/abortable.js';
import { assertModelIsHosted, copyModel, loadModel, type Model } from '../shared/assets.js';
import {
  type Background,
  type BackgroundFrame,
  closeBackground,
  closeFirstFrame,
} from '../shared/background.js';
import { NEUTRAL } from '../shared/color.js';
import type { Effect } from '../shared/effect.js';
import type { FrameSource } from '../shared/engine-types.js';
import { ErrorThrottle } from '../shared/error-throttle.js';
import { CycloramaError } from '../shared/errors.js';
import { frameSize, type OutputFrame, type Size } from '../shared/frame.js';
import { FrameRateEstimator } from '../shared/frame-rate-estimator.js';
import { createTransform } from '../shared/frame-stream.js';
import type { MattingOptions } from '../shared/matting.js';
import type { Metrics, MetricsReport } from '../shared/metrics.js';
import { placeholderImage } from '../shared/placeholder.js';
import type {
  DisplayState,
  PipelineEvent,
  PipelineService,
  PipelineSetup,
  PipelineSetupChange,
  SubmittedFrame,
} from '../shared/protocol.js';
import type { Quality, QualityChange, QualityOption } from '../shared/quality.js';
import { assertBrowser, type Backend } from '../shared/thread-support.js';
import { invalid, isRecord, take, takeOptions, thrown } from '../shared/validation.js';
import { ChangeQueue } from './change-queue.js';
import {
  applyChange,
  type BackgroundChange,
  type Configuration,
  type ConfigurationKey,
  checkChange,
  mayCover,
  resolve,
} from './configuration.js';
import { asyncDispose, disposable } from './disposable.js';
import { TypedEventTarget } from './events.js';
import { type LoadedEffect, loadEffect, release } from './load-effect.js';
import { type BackgroundLogger, log } from './logging.js';
import { checkOptions, checkSignal, type Settings, type VirtualBackgroundOptions } from './options.js';
import { askWorker } from './pipeline-host.js';
import { findSupport, type Support, type SupportOptions } from './support.js';
import { checkTrack } from './tracks/check-track.js';
import { type ProcessedTrack, processTrack } from './tracks/process-track.js';
import { toTransferable } from './transferable-frame.js';
import type { BackgroundVideo } from './video-source.js';
import { WorkerService } from './worker-service.js';

/** What a {@link VirtualBackground} tells. */
export interface VirtualBackgroundEvents {
  /** About once a second while frames flow, unless `timing` is `off`. Without a frame there is none. */
  metrics: CustomEvent<MetricsReport>;
  /** A frame or the background's video failed; once per cause, and again if it goes on for ten seconds. */
  error: CustomEvent<CycloramaError>;
  /** Frames flow again after a GPU device or the worker was lost, perhaps on another backend. */
  recovered: CustomEvent<{ backend: Backend }>;
  /** More or less is done for a frame from now on, and why. */
  quality: CustomEvent<QualityChange>;
  /**
   * A new track replaces the one that {@link VirtualBackground.processTrack} returned, which ended with its worker. Send this one
   * instead of the old one.
   */
  track: CustomEvent<{ track: MediaStreamTrack }>;
}

/** Options of calls that can be aborted. */
export interface ChangeOptions {
  /**
   * Aborts the call: it rejects with the signal's reason and changes nothing.
   *
   * @default none
   * @example AbortSignal.timeout(5_000)
   */
  signal?: AbortSignal;
}

/** What is known of a frame that is handed in by itself. */
export interface FrameOptions {
  /**
   * How many frames a second the camera gives. By it `quality: 'auto'` knows how long a frame may take, and frames are taken
   * for those of one camera, of which several may share a matte.
   *
   * @default unknown
   * @example 30
   */
  frameRate?: number;

  /**
   * Aborts the call: it rejects with the signal's reason. The frame produces no image.
   *
   * @default none
   * @example AbortSignal.timeout(1_000)
   */
  signal?: AbortSignal;
}

/** What the engine waits with under effect `none`, for the day that another effect is chosen. */
const PLAIN: Background = { kind: 'color', color: NEUTRAL, lightWrap: 0 };

/** What a change needs from elsewhere. */
interface LoadedChange {
  effect: LoadedEffect;
  /** The network's file, and which that is. */
  network: { model: Model; bytes: Uint8Array } | undefined;
}

/**
 * Puts another background behind the person in front of a camera.
 *
 * A frame comes out with the effect on it or hidden, never as the camera gave it, unless that was asked for by name
 * (`effect: { kind: 'none' }` or `onFailure: 'passthrough'`).
 *
 * @example
 * const background = await VirtualBackground.create({ effect: { kind: 'blur', strength: 'medium' } });
 * const track = await background.processTrack(cameraTrack);
 */
export class VirtualBackground extends TypedEventTarget<VirtualBackgroundEvents> {
  readonly #settings: Settings;
  readonly #failures = new ErrorThrottle();
  readonly #keeper: WorkerService;
  readonly #changes = new ChangeQueue<ConfigurationKey>();
  /** What is in force. */
  #configuration: Configuration;
  /** The network in force. */
  #model: Model;
  /** What a worker is told of that; its picture is kept for another worker, and is the pipeline's own where there is none. */
  #setup: PipelineSetup;
  /** How many changes of the effect were asked for. */
  #effectWishes = 0;
  /** Whether the camera may be shown as it is: `none` is in force, and nothing else was asked for since. */
  #bare: boolean;
  /** What plays behind the person, if that is the effect. */
  #video: BackgroundVideo | undefined;
  /** Settles when the last camera's track is there, or is not; never rejects. */
  #processes: Promise<unknown> = Promise.resolve();
  /** How many streams of frames were handed in so far, which tells them apart. */
  #sources = 0;
  #track: ProcessedTrack | undefined;
  /** Whether the track has ended with its worker, and whether the app had it switched on. */
  #lostTrack: { readonly wanted: boolean } | undefined;
  /** What the track is made of. */
  #camera: MediaStreamTrack | undefined;
  /** Frames a second of the camera that the track is made of, if it says so. */
  #cameraRate: number | undefined;
  #destroyed = false;
  #destruction: Promise<void> | undefined;
  /** Settles when the last frame handed in is on its way; never rejects. */
  #handedIn: Promise<unknown> = Promise.resolve();
  #lastMetrics: Metrics | undefined;

  private constructor(settings: Settings, setup: PipelineSetup, video: BackgroundVideo | undefined) {
    super();
    this.#settings = settings;
    this.#setup = setup;
    this.#configuration = settings.configuration;
    this.#model = settings.resolved.model;
    this.#bare = settings.configuration.effect.kind === 'none';
    this.#video = video;
    const self = this;
    this.#keeper = new WorkerService(
      {
        get setup() {
          return self.#setup;
        },
        lost: (cause) => {
          this.#tell(cause);
          const track = this.#track;
          if (track?.output.readyState !== 'live') return;
          const { wanted } = track;
          track.outlive();
          if ((track.output.readyState as string) === 'ended') this.#lostTrack = { wanted };
        },
        recovered: (backend) => this.#recovered(backend),
        leftWorker: ({ message }) => this.#log('warn', `frames are made on the page: in workers, ${message}`),
        gaveUp: (cause) => {
          this.#track?.end();
          this.#tell(cause);
        },
      },
      { notify: (event) => this.#hear(event), backgroundFrame: (again) => this.#picture(again) },
      settings.worker,
    );
  }

  /**
   * Finds out what {@link create} would do in this browser with the same options. Starts the package's worker for a moment, unless
   * `worker` is `false`; downloads neither a model nor a WebAssembly module.
   *
   * @throws {CycloramaError} `option`
   */
  static support(options?: SupportOptions): Promise<Support> {
    return findSupport(options, askWorker);
  }

  /** Whether {@link create} would work in this browser, as far as {@link support} can tell; that also says why not. */
  static async isSupported(options?: SupportOptions): Promise<boolean> {
    return (await VirtualBackground.support(options)).backend !== undefined;
  }

  /**
   * Loads the network and makes the GPU ready, so that the first frame is as quick as the next.
   *
   * @throws {CycloramaError} `option`, `unsupported`, `asset`, `integrity`, `model`, `effect`, `gpu` or `worker`
   * @throws the reason of `options.signal` once that is aborted
   */
  static async create(options: VirtualBackgroundOptions = {}): Promise<VirtualBackground> {
    const settings = checkOptions(options);
    const { assetBase, resolved, signal } = settings;
    const { effect } = settings.configuration;
    signal?.throwIfAborted();
    assertBrowser();
    assertModelIsHosted(resolved.model, assetBase);
    const end = new AbortController();
    const loading = loadEffect(effect, signal ? AbortSignal.any([signal, end.signal]) : end.signal);
    try {
      const [model, loaded] = await Promise.all([loadModel(resolved.model, assetBase, signal), loading]);
      signal?.throwIfAborted();
      const setup: PipelineSetup = {
        choice: settings.backend,
        model,
        background: loaded.background ?? PLAIN,
        display: loaded.background ? 'background' : 'camera',
        paused: false,
        matting: resolved.matting,
        quality: withoutModels(resolved.quality),
        onFailure: settings.onFailure,
        timing: settings.timing,
        precision: settings.precision,
        powerPreference: settings.powerPreference,
        assetBase: assetBase?.href,
      };
      const created = new VirtualBackground(settings, setup, loaded.video);
      await created.#keeper.open(signal);
      loaded.background = undefined;
      loaded.video = undefined;
      created.#log('info', `frames run on ${created.backend}`);
      return created;
    } finally {
      // Where the model failed first, a video may still be waiting for its first picture.
      end.abort();
      loading.then(release, () => {});
    }
  }

  /**
   * The current configuration, from which an adapter can create another background.
   *
   * @internal
   */
  get configuration(): Configuration {
    return this.#configuration;
  }

  /** The current effect, as a frozen copy. An effect that still loads is not current. */
  get effect(): Effect {
    return this.#configuration.effect;
  }

  /** The current model. A model that was selected by its short name reads as its file's name. */
  get model(): Model {
    return copyModel(this.#model);
  }

  /** The current quality option. `metrics()` reports the level that `auto` is on. */
  get quality(): QualityOption {
    return this.#configuration.quality;
  }

  /** The current backend, or the last one. */
  get backend(): Backend {
    return this.#keeper.backend;
  }

  /** Whether {@link pause} was called more recently than {@link resume}. */
  get paused(): boolean {
    return this.#setup.paused;
  }

  /** Whether {@link destroy} was called. */
  get destroyed(): boolean {
    return this.#destroyed;
  }

  /**
   * Puts the background behind the person in one frame. Frames are taken one after the other, in the order of the
   * calls. The frame stays the caller's to close.
   *
   * A failure does not reject: it is hidden, counted and told by an `error` event.
   *
   * @throws {CycloramaError} `frame` where there is no picture, so that there is no size to hide it at; `option`
   * @throws the reason of `options.signal` once that is aborted
   */
  async processFrame(frame: FrameSource, options?: FrameOptions): Promise<OutputFrame & Disposable> {
    const { frameRate, signal } = takeOptions(options, ['frameRate', 'signal']);
    if (frameRate !== undefined && !(typeof frameRate === 'number' && frameRate >= 0)) {
      throw invalid('frameRate', frameRate, 'a number of frames a second');
    }
    checkSignal(signal);
    signal?.throwIfAborted();
    // Frames of no camera are like no other: none of them is shown under another one's matte.
    const output = this.#process(frame, frameRate && 1000 / frameRate, frameRate ? 0 : Number.NaN);
    return disposable(await abortable(output, signal, ({ image }) => image.close()));
  }

  async #process(frame: FrameSource, interval: number | undefined, source: number): Promise<OutputFrame> {
    const size = frameSize(frame);
    const { host } = this.#keeper;
    if (this.#destroyed || !host) return this.#hidden(size);
    const made = this.#handedIn.then(async () => {
      const handed = this.#keeper.inWorker ? await handOver(frame) : frame;
      const giveBack = () => this.#keeper.inWorker && 'close' in handed && handed.close();
      if (host !== this.#keeper.host) {
        giveBack();
        return undefined;
      }
      try {
        // Not awaited, so that the next frame can be on its way as well.
        return { output: host.pipeline.process(handed, size, interval, source) };
      } catch (cause) {
        // The worker was closed meanwhile: nobody else has the copy.
        giveBack();
        throw cause;
      }
    });
    this.#handedIn = made.catch(() => {});
    try {
      const sent = await made;
      if (!sent) return this.#hidden(size);
      const shown = await host.guard(sent.output);
      if (shown.outcome !== 'raw' || this.#mayBeRaw()) return shown;
      // It was on its way while the wish changed.
      shown.image.close();
      return this.#hidden(size);
    } catch (cause) {
      if (!this.#destroyed) this.#tell(CycloramaError.from(cause));
      return this.#hidden(size);
    }
  }

  /**
   * A track that shows `track` with the effect, for any WebRTC app. It ends when `track` does or when this is
   * destroyed; stopping it leaves `track` as it is. Called again while it lives, it takes frames of the new track
   * instead, and this resolves with the same one: a camera is changed so, without the call noticing.
   *
   * The track is black while `track` is muted or switched off, and muted while `track` is. Where the track ends with its worker,
   * another one takes its place: see the event `track`.
   *
   * @throws {CycloramaError} `option` for anything but a live video track, `unsupported` where the browser gives no
   *   frames of a track, or `destroyed`
   * @throws the reason of `options.signal` once that is aborted
   * @example
   * const [camera] = (await navigator.mediaDevices.getUserMedia({ video: true })).getVideoTracks();
   * peerConnection.addTrack(await background.processTrack(camera));
   */
  async processTrack(track: MediaStreamTrack, options?: ChangeOptions): Promise<MediaStreamTrack> {
    const { signal } = takeOptions(options, ['signal']);
    checkTrack(track);
    checkSignal(signal);
    signal?.throwIfAborted();
    const turn = this.#processes.then(() =>
      this.#keeper.call((pipeline) => this.#follow(track, pipeline, signal), signal),
    );
    this.#processes = turn.catch(() => {});
    return abortable(turn, signal);
  }

  async #follow(
    track: MediaStreamTrack,
    pipeline: PipelineService,
    signal: AbortSignal | undefined,
  ): Promise<MediaStreamTrack> {
    signal?.throwIfAborted();
    // It may have ended while it waited for its turn.
    checkTrack(track);
    // The end of the last camera ends the track, which may just not have heard of it yet.
    if (this.#camera?.readyState === 'ended') this.#track?.end();
    if (this.#track?.output.readyState === 'live') {
      await this.#track.take(track, signal);
      this.#follows(track);
      return this.#track.output;
    }
    const source = () => this.#sources;
    const maker = {
      make: (frame: FrameSource) => this.#draw(frame, source()),
      drop: () => this.#drop(),
      warn: (message: string) => this.#log('warn', message),
    };
    const processed = await processTrack(track, pipeline, maker, signal);
    this.#track = processed;
    this.#follows(track);
    if (this.#destroyed) {
      processed.end();
      throw new CycloramaError('destroyed', 'the background was destroyed');
    }
    // The app muted the last track, so this one is muted too.
    if (this.#lostTrack?.wanted === false) processed.output.enabled = false;
    this.#lostTrack = undefined;
    return processed.output;
  }

  /** Frames are another camera's from now on. */
  #follows(camera: MediaStreamTrack): void {
    this.#camera = camera;
    this.#cameraRate = camera.getSettings().frameRate;
    this.#sources += 1;
  }

  /**
   * The same for those who hold the streams of frames themselves: frames go in and are closed, frames with the effect
   * and the same times come out. A frame that comes while another is made replaces the one that waits, and
   * {@link FrameCounts.dropped} counts it.
   *
   * @throws {CycloramaError} `destroyed`
   */
  transform(): ReadableWritablePair<VideoFrame, VideoFrame> {
    this.#keeper.assertUsable();
    const cadence = new FrameRateEstimator();
    this.#sources += 1;
    const source = this.#sources;
    const { stream } = createTransform({
      make: async (frame) => {
        if (this.paused) return undefined;
        const { image } = await this.#process(frame, cadence.interval, source);
        return { image, seeThrough: this.#setup.background.kind === 'transparent' };
      },
      arrive: ({ timestamp }) => cadence.arrive(timestamp),
      drop: () => this.#drop(),
    });
    return stream;
  }

  /**
   * Changes several options at once while frames flow, or none of them. The old options serve until everything new has loaded.
   * Changes take effect in the order of the calls. A later change of any of the same options supersedes a pending one as a whole.
   *
   * After effect `none`, a call with another effect hides the frames at once. They stay hidden if that effect fails or is aborted,
   * until an effect takes effect or `none` is set again.
   *
   * @returns `true` once the change has taken effect, `false` if a later change superseded it
   * @throws {CycloramaError} `option`; `asset` or `effect` for the effect; `asset`, `integrity` or `model` for the model;
   *   `destroyed`, or the reason why no frames can be processed any more. All options keep their values
   * @throws the reason of `options.signal` if it aborts before the change has taken effect
   * @example
   * await background.update({ effect: { kind: 'image', source: '/beach.jpg' }, quality: 'balanced' });
   */
  async update(change: BackgroundChange, options?: ChangeOptions): Promise<boolean> {
    let checked: Partial<Configuration>;
    let signal: AbortSignal | undefined;
    try {
      checked = checkChange(change);
      ({ signal } = takeOptions(options, ['signal']));
      checkSignal(signal);
      resolve(applyChange(this.#configuration, checked));
    } catch (cause) {
      if (mayCover(change)) this.#wish(undefined);
      throw cause;
    }
    if (checked.effect) this.#wish(checked.effect);
    const wish = this.#effectWishes;
    this.#keeper.assertUsable();
    const inForce = await this.#changes.run(
      Object.keys(checked) as ConfigurationKey[],
      {
        load: (stop) => this.#load(checked, stop),
        commit: (loaded, stop) => this.#commit(checked, loaded, wish, stop),
        release: ({ effect }) => release(effect),
      },
      signal,
    );
    if (inForce) this.#log('debug', `in force: ${Object.keys(checked).join(', ') || 'nothing new'}`);
    return inForce;
  }

  /** {@link update} of the effect. */
  setEffect(effect: Effect, options?: ChangeOptions): Promise<boolean> {
    return this.#set({ effect }, 'effect', options);
  }

  /** {@link update} of the model. */
  setModel(model: Model, options?: ChangeOptions): Promise<boolean> {
    return this.#set({ model }, 'model', options);
  }

  /**
   * {@link update} of the quality. The options `model` and `refinement` keep their values.
   *
   * @example await background.setQuality('balanced');
   */
  setQuality(quality: QualityOption, options?: ChangeOptions): Promise<boolean> {
    return this.#set({ quality }, 'quality', options);
  }

  /**
   * {@link update} of edge refinement and temporal smoothing. Omitted options keep their values.
   *
   * @example await background.setMatting({ refinement: 'none' });
   */
  async setMatting(matting: MattingOptions, options?: ChangeOptions): Promise<boolean> {
    const given: unknown = matting;
    if (!isRecord(given)) throw invalid('matting', given, 'an object such as { refinement: "none" }');
    return this.update(take(matting, ['refinement', 'temporalSmoothing']), options);
  }

  /** An effect is asked for; `undefined` where it is none. Whatever becomes of that, the camera is not shown as it is any more. */
  #wish(effect: Effect | undefined): void {
    this.#effectWishes += 1;
    if (effect?.kind === 'none') return;
    this.#bare = false;
    void this.#want();
  }

  /** An update of one thing, which has to be given. */
  async #set(
    change: BackgroundChange,
    key: keyof BackgroundChange,
    options: ChangeOptions | undefined,
  ): Promise<boolean> {
    if (change[key] === undefined) {
      if (key === 'effect') this.#wish(undefined);
      throw invalid(key, undefined, 'given');
    }
    return this.update(change, options);
  }

  async #load(change: Partial<Configuration>, signal: AbortSignal): Promise<LoadedChange> {
    const { model } = resolve(applyChange(this.#configuration, change));
    assertModelIsHosted(model, this.#settings.assetBase);
    const end = new AbortController();
    const stop = AbortSignal.any([signal, end.signal]);
    const loading = change.effect
      ? loadEffect(change.effect, stop)
      : Promise.resolve({ background: undefined });
    try {
      const isNew = model !== this.#model;
      const fetching = isNew ? loadModel(model, this.#settings.assetBase, stop) : undefined;
      const [effect, bytes] = await Promise.all([loading, fetching]);
      return { effect, network: bytes && { model, bytes } };
    } catch (cause) {
      end.abort();
      loading.then(release, () => {});
      throw cause;
    }
  }

  async #commit(
    change: Partial<Configuration>,
    loaded: LoadedChange,
    wish: number,
    signal: AbortSignal,
  ): Promise<void> {
    // Other changes may have come into force since this one was asked for.
    const next = applyChange(this.#configuration, change);
    const { model, matting, quality } = resolve(next);
    const { effect, network } = loaded;
    let bytes: Uint8Array | undefined;
    if (model !== this.#model) {
      bytes =
        network?.model === model ? network.bytes : await loadModel(model, this.#settings.assetBase, signal);
    }
    const levels = withoutModels(quality);
    const asksForQuality = change.quality !== undefined || change.budget !== undefined;
    const setup: PipelineSetupChange = {
      ...(bytes && { model: bytes }),
      ...(effect.background && { background: effect.background }),
      ...(!isSame(matting, this.#setup.matting) && { matting }),
      ...((asksForQuality || !isSame(levels, this.#setup.quality)) && { quality: levels }),
    };
    if (Object.keys(setup).length > 0) await this.#keeper.configure(setup, signal);
    if (this.#destroyed) throw new CycloramaError('destroyed', 'the background was destroyed');
    this.#configuration = next;
    this.#model = model;
    const { background, ...others } = setup;
    this.#setup = { ...this.#setup, ...others };
    if (background) this.#keep(background);
    effect.background = undefined;
    if (!change.effect) return;
    // The new video stays and the old one goes.
    [this.#video, effect.video] = [effect.video, this.#video];
    this.#bare = change.effect.kind === 'none' && wish === this.#effectWishes;
    await this.#want();
  }

  /**
   * Stops the work: tracks and streams show nothing new, frames that are handed in come out hidden.
   *
   * @throws {CycloramaError} `destroyed`
   * @throws the reason of `options.signal` once that is aborted; the work is stopped nevertheless
   */
  async pause(options?: ChangeOptions): Promise<void> {
    await this.#setPaused(true, options);
  }

  /**
   * Goes on after {@link pause}.
   *
   * @throws {CycloramaError} `destroyed`
   * @throws the reason of `options.signal` once that is aborted; the work goes on nevertheless
   */
  async resume(options?: ChangeOptions): Promise<void> {
    await this.#setPaused(false, options);
  }

  /**
   * What became of the frames, and how long each stage takes; once this is destroyed, what was so at its end. Counts begin
   * anew with another worker.
   *
   * @throws {CycloramaError} `worker` where there is none any more, and was none
   */
  async metrics(): Promise<Metrics> {
    if (!this.#destroyed && !this.#keeper.broken) {
      this.#lastMetrics = await this.#keeper.insist((pipeline) => pipeline.metrics());
    }
    if (!this.#lastMetrics)
      throw this.#keeper.broken ?? new CycloramaError('destroyed', 'there never was a frame');
    return this.#lastMetrics;
  }

  /**
   * Releases everything, at any moment; frames handed in before or after come out hidden, tracks end. May be called
   * again. Resolves when the GPU device and all its memory are released.
   */
  destroy(): Promise<void> {
    this.#destruction ??= this.#release();
    return this.#destruction;
  }

  async #release(): Promise<void> {
    this.#destroyed = true;
    const reason = new CycloramaError('destroyed', 'the background was destroyed');
    this.#changes.close(reason);
    this.#video?.close();
    const { host } = this.#keeper;
    // Asked before the end is told, and so answered before it.
    const told = host?.guard(host.pipeline.metrics()).catch(() => undefined);
    const closed = this.#keeper.close();
    this.#lastMetrics = (await told) ?? this.#lastMetrics;
    await closed;
    // Not before, as frames on their way to a track that has ended would be left open.
    this.#track?.end();
    await this.#keeper.settled();
    this.#close(this.#setup.background);
  }

  /** {@link destroy}, for `await using`. */
  [asyncDispose](): Promise<void> {
    return this.destroy();
  }

  /** Tells what is wanted behind the person, now that this may have changed. */
  async #want(): Promise<void> {
    if (this.#destroyed) return;
    let display: DisplayState = 'background';
    if (this.#configuration.effect.kind === 'none') display = this.#bare ? 'camera' : 'nothing';
    if (display === this.#setup.display) return;
    this.#setup = { ...this.#setup, display };
    const { host } = this.#keeper;
    // Where the worker has gone, the next one is told.
    await host?.guard(host.pipeline.setDisplay(display)).catch(() => {});
  }

  async #setPaused(paused: boolean, options: ChangeOptions | undefined): Promise<void> {
    const { signal } = takeOptions(options, ['signal']);
    checkSignal(signal);
    signal?.throwIfAborted();
    this.#keeper.assertUsable();
    this.#setup = { ...this.#setup, paused };
    await abortable(
      this.#keeper.insist((pipeline) => pipeline.pause(this.paused), signal),
      signal,
    );
  }

  /** Frames flow again, on another worker. */
  #recovered(backend: Backend): void {
    this.#log('info', `frames flow again, on ${backend}`);
    this.dispatchEvent(new CustomEvent('recovered', { detail: { backend } }));
    const turn = this.#processes.then(async () => {
      const camera = this.#camera;
      // A call that waited for this worker as well has made a track by now, perhaps of another camera.
      if (!this.#lostTrack || camera?.readyState !== 'live') return;
      const track = await this.#keeper.call((pipeline) => this.#follow(camera, pipeline, undefined));
      this.dispatchEvent(new CustomEvent('track', { detail: { track } }));
    });
    this.#processes = turn.catch((cause) => this.#destroyed || this.#tell(CycloramaError.from(cause)));
  }

  /** Keeps a background that is in place, for another worker. */
  #keep(background: Background): void {
    this.#close(this.#setup.background);
    closeFirstFrame(background);
    this.#setup = { ...this.#setup, background };
  }

  /** A worker has pictures of its own; where there is none they are the pipeline's to close. */
  #close(background: Background): void {
    if (this.#keeper.inWorker) closeBackground(background);
  }

  async #picture(again: boolean): Promise<BackgroundFrame | undefined> {
    const video = this.#video;
    if (!video) return undefined;
    const { failure } = video;
    if (failure) this.#tell(failure);
    if (!video.changed() && !again) return undefined;
    const picture = video.picture();
    return this.#keeper.inWorker ? transfer(picture, [picture]) : picture;
  }

  async #draw(frame: FrameSource, source: number): Promise<ImageBitmap | undefined> {
    if (this.paused) return undefined;
    const rate = this.#cameraRate;
    return (await this.#process(frame, rate && 1000 / rate, source)).image;
  }

  /** Whether a picture of the camera may still be shown, now that it has come. */
  #mayBeRaw(): boolean {
    if (this.#destroyed) return false;
    const { display, onFailure } = this.#setup;
    return display === 'camera' || (display === 'background' && onFailure === 'passthrough');
  }

  #drop(): void {
    if (!this.#destroyed) this.#keeper.host?.pipeline.drop().catch(() => {});
  }

  #hidden({ width, height }: Size): OutputFrame {
    return {
      image: placeholderImage(width, height, this.#setup.background),
      width,
      height,
      outcome: 'hidden',
    };
  }

  #hear(news: PipelineEvent): void {
    switch (news.kind) {
      case 'metrics':
        this.dispatchEvent(new CustomEvent('metrics', { detail: news.report }));
        return;
      case 'error':
        this.#report(new CycloramaError(news.code, news.message));
        return;
      case 'recovered':
        this.#keeper.backend = news.backend;
        this.#log('info', `frames flow again, on ${news.backend}`);
        this.dispatchEvent(new CustomEvent('recovered', { detail: { backend: news.backend } }));
        return;
      case 'quality':
        this.#log('debug', `the quality goes from level ${news.change.from} to ${news.change.to}`);
        this.dispatchEvent(new CustomEvent('quality', { detail: news.change }));
        return;
    }
  }

  #tell(error: CycloramaError): void {
    if (this.#failures.isNews(error, performance.now())) this.#report(error);
  }

  #report(error: CycloramaError): void {
    this.#log('error', `${error.code}: ${error.message}`);
    this.dispatchEvent(new CustomEvent('error', { detail: error }));
  }

  #log(level: keyof BackgroundLogger, message: string): void {
    log(this.#settings.logger, level, message);
  }
}

/** A frame for the worker, or why it cannot have it. */
async function handOver(frame: FrameSource): Promise<SubmittedFrame> {
  try {
    const own = await toTransferable(frame);
    return transfer(own, [own]);
  } catch (cause) {
    return { unreadable: `the frame could not be read: ${thrown(cause)}` };
  }
}

/** A levels as it can be sent: its levels have one network, which is loaded here. */
function withoutModels({ levels: [best, ...others], budget }: Quality): Quality {
  const model = 'selfie_segmentation_landscape';
  return { levels: [{ ...best, model }, ...others.map((level) => ({ ...level, model }) as const)], budget };
}

/** Whether two plain values say the same. */
function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
