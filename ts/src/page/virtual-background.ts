import { abortable } from '../shared/abortable.js';
import { assertModelIsHosted, copyModel, loadModel, type Model } from '../shared/assets.js';
import type { BackgroundFrame } from '../shared/background.js';
import type { Effect } from '../shared/effect.js';
import type { FrameSource } from '../shared/engine-types.js';
import { ErrorThrottle } from '../shared/error-throttle.js';
import { CycloramaError } from '../shared/errors.js';
import type { OutputFrame } from '../shared/frame.js';
import type { MattingOptions } from '../shared/matting.js';
import type { Metrics, MetricsReport } from '../shared/metrics.js';
import type { PipelineEvent, PipelineSetup } from '../shared/protocol.js';
import type { QualityChange, QualityOption } from '../shared/quality.js';
import { assertBrowser, type Backend } from '../shared/thread-support.js';
import { invalid, isRecord, take, takeOptions } from '../shared/validation.js';
import { BackgroundState, createSetup } from './background-state.js';
import { type BackgroundChange, type Configuration, checkChange } from './configuration.js';
import { mayCover } from './display-policy.js';
import { asyncDispose, disposable } from './disposable.js';
import { TypedEventTarget } from './events.js';
import { rememberFastest } from './fastest-backend.js';
import { FramePath } from './frame-path.js';
import { loadEffect, release } from './load-effect.js';
import { type BackgroundLogger, log } from './logging.js';
import { checkOptions, checkSignal, type Settings, type VirtualBackgroundOptions } from './options.js';
import { askWorker } from './pipeline-host.js';
import { findSupport, type Support, type SupportOptions } from './support.js';
import { checkTrack } from './tracks/check-track.js';
import { OutputTrack } from './tracks/output-track.js';
import type { BackgroundVideo } from './video-source.js';
import { WorkerService } from './worker-service.js';

/** Events of a {@link VirtualBackground}. */
export interface VirtualBackgroundEvents {
  /**
   * Metrics of the last second. Dispatched about once a second while frames flow, unless `timing` is `off`.
   */
  metrics: CustomEvent<MetricsReport>;
  /**
   * A frame or the background's video failed. Dispatched once per cause, and again if it persists for ten
   * seconds.
   */
  error: CustomEvent<CycloramaError>;
  /** Frames flow again after the GPU device or the worker was lost. The backend may have changed. */
  recovered: CustomEvent<{ backend: Backend }>;
  /** The quality level has changed. The event contains the reason. */
  quality: CustomEvent<QualityChange>;
  /**
   * A new track replaces the one that {@link VirtualBackground.processTrack} returned, which ended with its
   * worker. Send the new track instead.
   */
  track: CustomEvent<{ track: MediaStreamTrack }>;
}

/** Options of calls that can be aborted. */
export interface ChangeOptions {
  /**
   * Aborts the call. The promise rejects with the signal's reason, and nothing changes.
   *
   * @default none
   * @example AbortSignal.timeout(5_000)
   */
  signal?: AbortSignal;
}

/** Options of {@link VirtualBackground.processFrame}. */
export interface FrameOptions {
  /**
   * Sets the camera's frames per second. With it, `quality: 'auto'` can compute its budget, and consecutive
   * frames may reuse a matte. By default each frame is processed alone. Set it for the frames of one camera.
   *
   * @default unknown
   * @example 30
   */
  frameRate?: number;

  /**
   * Aborts the call. The promise rejects with the signal's reason, and the frame produces no image.
   *
   * @default none
   * @example AbortSignal.timeout(1_000)
   */
  signal?: AbortSignal;
}

/**
 * Replaces the background behind the people in camera video.
 *
 * A frame is returned with the effect or as a placeholder frame. It shows the camera only if you select that
 * by name with `effect: { kind: 'none' }` or `onFailure: 'passthrough'`.
 *
 * @example
 * const background = await VirtualBackground.create({ effect: { kind: 'blur', strength: 'medium' } });
 * const track = await background.processTrack(cameraTrack);
 */
export class VirtualBackground extends TypedEventTarget<VirtualBackgroundEvents> {
  readonly #logger: BackgroundLogger | undefined;
  readonly #errors = new ErrorThrottle();
  readonly #service: WorkerService;
  readonly #state: BackgroundState;
  readonly #frames: FramePath;
  readonly #track: OutputTrack;
  #destruction: Promise<void> | undefined;
  #lastMetrics: Metrics | undefined;

  private constructor(settings: Settings, setup: PipelineSetup, video: BackgroundVideo | undefined) {
    super();
    this.#logger = settings.logger;
    const self = this;
    this.#service = new WorkerService(
      {
        get setup() {
          return self.#state.setup;
        },
        lost: (cause) => {
          this.#reportThrottled(cause);
          this.#track.loseWorker();
        },
        recovered: (backend) => this.#onWorkerReplaced(backend),
        usesPage: ({ message }) =>
          this.#log('warn', `frames are processed on the page's thread: in workers, ${message}`),
        failed: (cause) => {
          this.#track.end();
          this.#reportThrottled(cause);
        },
      },
      {
        notify: (event) => this.#onPipelineEvent(event),
        backgroundFrame: (again) => this.#backgroundFrame(again),
      },
      settings.worker,
    );
    this.#state = new BackgroundState(this.#service, settings, setup, video);
    this.#frames = new FramePath(this.#service, this.#state, (error) => this.#reportThrottled(error));
    this.#track = new OutputTrack(this.#service, this.#frames, {
      get paused() {
        return self.paused;
      },
      warn: (message) => this.#log('warn', message),
    });
  }

  /**
   * Reports the expected result of {@link create} with the same options. Briefly starts the package's worker,
   * unless `worker` is `false`. Downloads neither a model nor a WebAssembly module.
   *
   * @throws {CycloramaError} `option`
   */
  static support(options?: SupportOptions): Promise<Support> {
    return findSupport(options, askWorker);
  }

  /**
   * Whether {@link create} is expected to work in this browser. {@link support} also reports what is missing.
   */
  static async isSupported(options?: SupportOptions): Promise<boolean> {
    return (await VirtualBackground.support(options)).backend !== undefined;
  }

  /**
   * Creates a virtual background. Loads the model and prepares the GPU, so that the first frame takes no
   * longer than later ones.
   *
   * @throws {CycloramaError} `option`, `unsupported`, `asset`, `integrity`, `model`, `effect`, `gpu` or
   *   `worker`
   * @throws the reason of `options.signal` if it aborts
   */
  static async create(options: VirtualBackgroundOptions = {}): Promise<VirtualBackground> {
    const settings = checkOptions(options);
    const { assetBase, resolved, signal } = settings;
    const { effect } = settings.configuration;
    signal?.throwIfAborted();
    assertBrowser();
    assertModelIsHosted(resolved.model, assetBase);
    const end = new AbortController();
    const loading = loadEffect(effect.parsed, signal ? AbortSignal.any([signal, end.signal]) : end.signal);
    try {
      const [model, loaded] = await Promise.all([loadModel(resolved.model, assetBase, signal), loading]);
      signal?.throwIfAborted();
      const setup = createSetup(settings, model, loaded);
      const created = new VirtualBackground(settings, setup, loaded.video);
      await created.#service.open(signal);
      loaded.background = undefined;
      loaded.video = undefined;
      created.#log('info', `frames run on ${created.backend}`);
      return created;
    } finally {
      // If the model failed first, a video may still be waiting for its first frame.
      end.abort();
      loading.then(release, () => {});
    }
  }

  /**
   * The current configuration, from which an adapter can create a new background.
   *
   * @internal
   */
  get configuration(): Configuration {
    return this.#state.configuration;
  }

  /** The current effect, as a frozen copy. An effect that still loads is not current. */
  get effect(): Effect {
    return this.configuration.effect.options;
  }

  /** The current model. A model that was selected by its short name reads as its file's name. */
  get model(): Model {
    return copyModel(this.#state.model);
  }

  /** The current quality option. `metrics()` reports the level that `auto` is on. */
  get quality(): QualityOption {
    return this.configuration.quality;
  }

  /** The current backend, or the last one. */
  get backend(): Backend {
    return this.#service.backend;
  }

  /** Whether {@link pause} was called more recently than {@link resume}. */
  get paused(): boolean {
    return this.#state.setup.paused;
  }

  /** Whether {@link destroy} was called. */
  get destroyed(): boolean {
    return this.#service.closed;
  }

  /**
   * Applies the effect to one frame. Frames are processed in the order of the calls. The caller still owns
   * the frame and closes it.
   *
   * A failure does not reject. It produces a placeholder frame, is counted, and dispatches an `error` event.
   *
   * @throws {CycloramaError} `frame` if the frame has no image, and therefore no size for a placeholder
   *   frame; `option`
   * @throws the reason of `options.signal` if it aborts
   */
  async processFrame(frame: FrameSource, options?: FrameOptions): Promise<OutputFrame & Disposable> {
    const { frameRate, signal } = takeOptions(options, ['frameRate', 'signal']);
    if (frameRate !== undefined && !(typeof frameRate === 'number' && frameRate >= 0)) {
      throw invalid('frameRate', frameRate, 'a number of frames per second');
    }
    checkSignal(signal);
    signal?.throwIfAborted();
    // Single frames may differ in any way: NaN equals no source, so none of them reuses another one's matte.
    const output = this.#frames.process(frame, frameRate && 1000 / frameRate, frameRate ? 0 : Number.NaN);
    return disposable(await abortable(output, signal, ({ image }) => image.close()));
  }

  /**
   * Returns a track that shows `track` with the effect, for any WebRTC app. The returned track ends when
   * `track` ends or when this background is destroyed. Stopping it leaves `track` live.
   *
   * To change the camera, call this again with another track. While the returned track lives, the call
   * resolves with the same track, which now shows the new camera.
   *
   * The returned track is black while `track` is muted or disabled, and muted while `track` is muted. If it
   * ends with its worker, the event `track` provides its replacement.
   *
   * @throws {CycloramaError} `option` for anything but a live video track, `unsupported` if the browser
   *   provides no frames of a track, or `destroyed`
   * @throws the reason of `options.signal` if it aborts
   * @example
   * const [camera] = (await navigator.mediaDevices.getUserMedia({ video: true })).getVideoTracks();
   * peerConnection.addTrack(await background.processTrack(camera));
   */
  async processTrack(track: MediaStreamTrack, options?: ChangeOptions): Promise<MediaStreamTrack> {
    const { signal } = takeOptions(options, ['signal']);
    checkTrack(track);
    checkSignal(signal);
    signal?.throwIfAborted();
    return this.#track.process(track, signal);
  }

  /**
   * Returns a stream that applies the effect to the frames written to it. It closes the written frames. Its
   * output has their timestamps.
   *
   * At most one frame is queued. A newer frame replaces the queued one, which {@link FrameCounts.dropped}
   * counts.
   *
   * @throws {CycloramaError} `destroyed`
   */
  transform(): ReadableWritablePair<VideoFrame, VideoFrame> {
    this.#service.assertUsable();
    return this.#frames.transform();
  }

  /**
   * Changes several options at once while frames flow, or none of them. The old options serve until
   * all new files have loaded. Changes take effect in the order of the calls. A later change of any of the
   * same options supersedes a pending one as a whole.
   *
   * After effect `none`, a call with another effect hides the frames at once. They stay hidden if that effect
   * fails or is aborted, until an effect takes effect or `none` is set again.
   *
   * @returns `true` once the change has taken effect, `false` if a later change superseded it
   * @throws {CycloramaError} `option`; `asset` or `effect` for the effect; `asset`, `integrity` or `model`
   *   for the model; `destroyed`, or the reason why no frames can be processed any more. All options keep
   *   their values
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
      this.#state.check(checked);
    } catch (cause) {
      if (mayCover(change)) this.#state.request(undefined);
      throw cause;
    }
    const isApplied = await this.#state.update(checked, signal);
    if (isApplied) this.#log('debug', `changed: ${Object.keys(checked).join(', ') || 'nothing'}`);
    return isApplied;
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

  /** Updates one option, which must not be `undefined`. */
  async #set(
    change: BackgroundChange,
    key: keyof BackgroundChange,
    options: ChangeOptions | undefined,
  ): Promise<boolean> {
    if (change[key] === undefined) {
      if (key === 'effect') this.#state.request(undefined);
      throw invalid(key, undefined, 'given');
    }
    return this.update(change, options);
  }

  /**
   * Stops processing. Tracks and streams show nothing new, and {@link processFrame} returns placeholder
   * frames.
   *
   * @throws {CycloramaError} `destroyed`
   * @throws the reason of `options.signal` if it aborts; processing stops nevertheless
   */
  async pause(options?: ChangeOptions): Promise<void> {
    await this.#setPaused(true, options);
  }

  /**
   * Resumes processing after {@link pause}.
   *
   * @throws {CycloramaError} `destroyed`
   * @throws the reason of `options.signal` if it aborts; processing resumes nevertheless
   */
  async resume(options?: ChangeOptions): Promise<void> {
    await this.#setPaused(false, options);
  }

  async #setPaused(paused: boolean, options: ChangeOptions | undefined): Promise<void> {
    const { signal } = takeOptions(options, ['signal']);
    checkSignal(signal);
    signal?.throwIfAborted();
    await this.#state.setPaused(paused, signal);
  }

  /**
   * Returns frame counts by outcome, and timings of each stage. After {@link destroy} it returns the last
   * metrics. Counts restart with each worker.
   *
   * @throws {CycloramaError} `worker` if no worker runs any more and none reported metrics
   */
  async metrics(): Promise<Metrics> {
    if (!this.destroyed && !this.#service.broken) {
      this.#lastMetrics = await this.#service.callPersistently((pipeline) => pipeline.metrics());
    }
    if (!this.#lastMetrics) {
      throw (
        this.#service.broken ??
        new CycloramaError('destroyed', 'the background was destroyed before its first frame')
      );
    }
    return this.#lastMetrics;
  }

  /**
   * Releases all resources, at any time. Tracks end, and {@link processFrame} returns placeholder frames. May
   * be called again. Resolves when the GPU device and all its memory are released.
   */
  destroy(): Promise<void> {
    this.#destruction ??= this.#release();
    return this.#destruction;
  }

  /** {@link destroy}, for `await using`. */
  [asyncDispose](): Promise<void> {
    return this.destroy();
  }

  async #release(): Promise<void> {
    this.#state.close(new CycloramaError('destroyed', 'the background was destroyed'));
    const { host } = this.#service;
    // Request the metrics before the pipeline is destroyed.
    const metrics = host?.guard(host.pipeline.metrics()).catch(() => undefined);
    const closed = this.#service.close();
    this.#lastMetrics = (await metrics) ?? this.#lastMetrics;
    await closed;
    // Not earlier, because frames in transit to an ended track would not be closed.
    this.#track.end();
    await this.#service.settled();
    this.#state.release();
  }

  #onPipelineEvent(event: PipelineEvent): void {
    switch (event.kind) {
      case 'metrics':
        this.dispatchEvent(new CustomEvent('metrics', { detail: event.report }));
        return;
      case 'error':
        this.#report(new CycloramaError(event.code, event.message));
        return;
      case 'measured':
        rememberFastest(event.fastest);
        return;
      case 'recovered':
        this.#service.backend = event.backend;
        this.#reportRecovery(event.backend);
        return;
      case 'quality':
        this.#log('debug', `the quality level changes: ${event.change.reason}`);
        this.dispatchEvent(new CustomEvent('quality', { detail: event.change }));
        return;
    }
  }

  #onWorkerReplaced(backend: Backend): void {
    this.#reportRecovery(backend);
    this.#track.replace().then(
      (track) => {
        if (track) this.dispatchEvent(new CustomEvent('track', { detail: { track } }));
      },
      (cause) => this.destroyed || this.#reportThrottled(CycloramaError.from(cause)),
    );
  }

  #reportRecovery(backend: Backend): void {
    this.#log('info', `frames flow again, on ${backend}`);
    this.dispatchEvent(new CustomEvent('recovered', { detail: { backend } }));
  }

  async #backgroundFrame(again: boolean): Promise<BackgroundFrame | undefined> {
    const failure = this.#state.video?.failure;
    if (failure) this.#reportThrottled(failure);
    return this.#state.backgroundFrame(again);
  }

  #reportThrottled(error: CycloramaError): void {
    if (this.#errors.shouldReport(error, performance.now())) this.#report(error);
  }

  #report(error: CycloramaError): void {
    this.#log('error', `${error.code}: ${error.message}`);
    this.dispatchEvent(new CustomEvent('error', { detail: error }));
  }

  #log(level: keyof BackgroundLogger, message: string): void {
    log(this.#logger, level, message);
  }
}
