import { transfer } from 'comlink';
import { checkModel, loadModel, type Model } from './assets.js';
import { closeFirstPicture, closePicture, loadEffect, release } from './background.js';
import type { Backstage, Handed, News, Setup } from './backstage.js';
import { Cadence } from './cadence.js';
import { NEUTRAL } from './color.js';
import { checkEffect, type Effect } from './effect.js';
import type { Background, BackgroundPicture, FrameSource } from './engine.js';
import { CycloramaError } from './errors.js';
import { TypedEventTarget } from './events.js';
import { FailureLog } from './failures.js';
import { frameSize, type OutputFrame, type Size, toTransferable } from './frame.js';
import { checkTrack, createTransform } from './frame-stream.js';
import type { Wanted } from './gate.js';
import { plainPicture } from './hiding.js';
import { completeMatting, type MattingOptions } from './matting.js';
import type { Metrics, MetricsReport } from './metrics.js';
import { checkOptions, checkSignal, pin, type Settings, type VirtualBackgroundOptions } from './options.js';
import {
  completeQuality,
  type Pinned,
  type Quality,
  type QualityOption,
  type QualityOptions,
} from './quality.js';
import type { QualityChange } from './quality-controller.js';
import { StageKeeper } from './stage-keeper.js';
import { type Backend, findSupport, type Support } from './support.js';
import { type ProcessedTrack, processTrack } from './tracks.js';
import type { BackgroundVideo } from './video.js';

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
}

/** How a change of effect or model may be given up. */
export interface ChangeOptions {
  /**
   * Gives up: the call rejects with the signal's reason and what was there stays.
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
}

/**
 * Puts another background behind the person in front of a camera.
 *
 * A frame comes out with the effect on it or hidden, never as the camera gave it, unless that was asked for by name
 * (`effect: { kind: 'none' }` or `onFailure: 'passthrough'`).
 *
 * @example
 * const background = await VirtualBackground.create({ effect: { kind: 'blur', strength: 'medium' } });
 * const track = await background.process(cameraTrack);
 */
export class VirtualBackground extends TypedEventTarget<VirtualBackgroundEvents> {
  readonly #settings: Settings;
  readonly #failures = new FailureLog();
  readonly #keeper: StageKeeper;
  #pinned: Pinned;
  #qualityOption: QualityOptions;
  /** All that is chosen by now; its picture is kept for another worker, and is the pipeline's own where there is none. */
  #setup: Setup;
  #effect: Effect;
  /** The effect that {@link setEffect} is still loading. */
  #nextEffect: Effect | undefined;
  /** What plays behind the person, if that is the effect. */
  #video: BackgroundVideo | undefined;
  /** Settles when the last effect that was loaded is in place, or is not; never rejects. */
  #commits: Promise<unknown> = Promise.resolve();
  /** Settles when the last camera's track is there, or is not; never rejects. */
  #processes: Promise<unknown> = Promise.resolve();
  /** How many streams of frames were handed in so far, which tells them apart. */
  #sources = 0;
  /** The network at work. */
  #model: Model;
  #effectChange = new AbortController();
  #modelChange = new AbortController();
  #track: ProcessedTrack | undefined;
  /** What the track is made of. */
  #camera: MediaStreamTrack | undefined;
  /** Frames a second of the camera that the track is made of, if it says so. */
  #cameraRate: number | undefined;
  #paused = false;
  #destroyed = false;
  #destruction: Promise<void> | undefined;
  /** Settles when the last frame handed in is on its way; never rejects. */
  #handedIn: Promise<unknown> = Promise.resolve();
  #lastMetrics: Metrics | undefined;

  private constructor(settings: Settings, setup: Setup, video: BackgroundVideo | undefined) {
    super();
    this.#settings = settings;
    this.#setup = setup;
    this.#pinned = settings.pinned;
    this.#qualityOption = settings.chosenQuality;
    this.#effect = settings.effect;
    this.#model = settings.model;
    this.#video = video;
    const self = this;
    this.#keeper = new StageKeeper(
      {
        get setup() {
          return self.#setup;
        },
        get paused() {
          return self.#paused;
        },
        lost: (cause) => {
          this.#tell(cause);
          this.#track?.outlive();
        },
        recovered: (backend) => this.dispatchEvent(new CustomEvent('recovered', { detail: { backend } })),
        gaveUp: (cause) => {
          this.#track?.end();
          this.#tell(cause);
        },
      },
      { tell: (news) => this.#hear(news), picture: (again) => this.#picture(again) },
      settings.worker,
    );
  }

  /** What Cyclorama can do in this browser, and what it lacks. Loads nothing. */
  static support(): Promise<Support> {
    return findSupport();
  }

  /** Whether this browser can run Cyclorama. Loads nothing; {@link support} says why not. */
  static async isSupported(): Promise<boolean> {
    return (await findSupport()).backend !== undefined;
  }

  /**
   * Loads the network and makes the GPU ready, so that the first frame is as quick as the next.
   *
   * @throws {CycloramaError} `option`, `unsupported`, `asset`, `integrity`, `model`, `effect`, `gpu` or `worker`
   * @throws the reason of `options.signal` once that is aborted
   */
  static async create(options: VirtualBackgroundOptions = {}): Promise<VirtualBackground> {
    const settings = checkOptions(options);
    const { assetBase, effect, model, signal } = settings;
    signal?.throwIfAborted();
    const { backend, missing } = await findSupport();
    if (!backend) throw new CycloramaError('unsupported', `this browser lacks ${missing.join(' and ')}`);
    const end = new AbortController();
    const loading = loadEffect(effect, signal ? AbortSignal.any([signal, end.signal]) : end.signal);
    try {
      const [bytes, loaded] = await Promise.all([loadModel(model, assetBase, signal), loading]);
      signal?.throwIfAborted();
      const setup: Setup = {
        backend: settings.backend,
        model: bytes,
        // Under effect 'none' the engine waits with a colour, for the day that another effect is chosen.
        background: loaded.background ?? { kind: 'color', color: NEUTRAL, lightWrap: 0 },
        wanted: loaded.background ? 'background' : 'camera',
        matting: settings.matting,
        quality: withoutModels(settings.quality),
        onFailure: settings.onFailure,
        timing: settings.timing,
        precision: settings.precision,
        assetBase: assetBase?.href,
      };
      const created = new VirtualBackground(settings, setup, loaded.video);
      await created.#keeper.open(signal);
      loaded.background = undefined;
      loaded.video = undefined;
      return created;
    } finally {
      // Where the model failed first, a video may still be waiting for its first picture.
      end.abort();
      loading.then(release, () => {});
    }
  }

  /**
   * Puts the background behind the person in one frame. Frames are taken one after the other, in the order of the
   * calls. The frame stays the caller's to close.
   *
   * A failure does not reject: it is hidden, counted and told by an `error` event.
   *
   * @throws {CycloramaError} `frame` where there is no picture, so that there is no size to hide it at
   */
  processFrame(frame: FrameSource, { frameRate }: FrameOptions = {}): Promise<OutputFrame> {
    // Frames of no camera are like no other: none of them is shown under another one's matte.
    return this.#process(frame, frameRate && 1000 / frameRate, frameRate ? 0 : Number.NaN);
  }

  async #process(frame: FrameSource, interval: number | undefined, source: number): Promise<OutputFrame> {
    const size = frameSize(frame);
    const { stage } = this.#keeper;
    if (this.#destroyed || !stage) return this.#hidden(size);
    const made = this.#handedIn.then(async () => {
      const handed = this.#settings.worker ? await handOver(frame) : frame;
      // Not awaited, so that the next frame can be on its way as well.
      return { output: stage.backstage.process(handed, size, interval, source) };
    });
    this.#handedIn = made.catch(() => {});
    try {
      const { output } = await made;
      const shown = await stage.guard(output);
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
   * @throws {CycloramaError} `option` for anything but a live video track, `unsupported` where the browser gives no
   *   frames of a track, or `destroyed`
   * @example
   * const [camera] = (await navigator.mediaDevices.getUserMedia({ video: true })).getVideoTracks();
   * peerConnection.addTrack(await background.process(camera));
   */
  async process(track: MediaStreamTrack): Promise<MediaStreamTrack> {
    checkTrack(track);
    const turn = this.#processes.then(() => this.#keeper.call((backstage) => this.#follow(track, backstage)));
    this.#processes = turn.catch(() => {});
    return turn;
  }

  async #follow(track: MediaStreamTrack, backstage: Backstage): Promise<MediaStreamTrack> {
    this.#cameraRate = track.getSettings().frameRate;
    this.#sources += 1;
    // The end of the last camera ends the track, which may just not have heard of it yet.
    if (this.#camera?.readyState === 'ended') this.#track?.end();
    this.#camera = track;
    if (this.#track?.output.readyState === 'live') {
      await this.#track.take(track);
      return this.#track.output;
    }
    const source = () => this.#sources;
    const processed = await processTrack(track, backstage, {
      make: (frame) => this.#draw(frame, source()),
      drop: () => this.#drop(),
    });
    this.#track = processed;
    if (this.#destroyed) {
      processed.end();
      throw new CycloramaError('destroyed', 'the background was destroyed');
    }
    return processed.output;
  }

  /**
   * The same for those who hold the streams of frames themselves: frames go in and are closed, frames with the effect
   * and the same times come out. A frame that comes while another is made replaces the one that waits, and
   * {@link FrameCounts.dropped} counts it.
   *
   * @throws {CycloramaError} `destroyed`
   */
  transform(): TransformStream<VideoFrame, VideoFrame> {
    this.#keeper.assertUsable();
    const cadence = new Cadence();
    this.#sources += 1;
    const source = this.#sources;
    const { stream } = createTransform({
      make: async (frame) => {
        if (this.#paused) return undefined;
        const { image } = await this.#process(frame, cadence.interval, source);
        return { image, seeThrough: this.#setup.background.kind === 'transparent' };
      },
      arrive: ({ timestamp }) => cadence.arrive(timestamp),
      drop: () => this.#drop(),
    });
    return stream;
  }

  /**
   * Changes the effect, while frames flow. Until the new one is loaded the old one stays, except that frames are
   * hidden where that was `none`. A later call replaces one that is still loading.
   *
   * @throws {CycloramaError} `option`, `asset`, `effect`, `superseded` or `destroyed`; the old effect stays
   */
  async setEffect(effect: Effect, { signal }: ChangeOptions = {}): Promise<void> {
    // What may be shown hangs on it, whatever becomes of the caller's object.
    const wanted = checkEffect(effect);
    checkSignal(signal);
    this.#keeper.assertUsable();
    this.#effectChange.abort(new CycloramaError('superseded', 'a later setEffect replaced this one'));
    const change = new AbortController();
    this.#effectChange = change;
    const stop = signal ? AbortSignal.any([signal, change.signal]) : change.signal;
    this.#nextEffect = wanted;
    void this.#want();
    const loading = loadEffect(wanted, stop);
    try {
      stop.throwIfAborted();
      const loaded = await loading;
      // One after the other, so that the later of two calls is what stays.
      const commit = this.#commits.then(async () => {
        stop.throwIfAborted();
        const { background } = loaded;
        if (background) {
          await this.#keeper.call((backstage) => backstage.setBackground(background));
          this.#keep(background);
          loaded.background = undefined;
        }
        this.#effect = wanted;
        // The new video stays and the old one goes.
        [this.#video, loaded.video] = [loaded.video, this.#video];
      });
      this.#commits = commit.catch(() => {});
      await commit;
    } finally {
      loading.then(release, () => {});
      if (this.#effectChange === change) this.#nextEffect = undefined;
      await this.#want();
    }
  }

  /**
   * Changes the network, while frames flow: the old one serves until the new one is ready. A later call replaces one
   * that is still loading.
   *
   * @throws {CycloramaError} `option`, `asset`, `integrity`, `model`, `superseded` or `destroyed`; the old network stays
   */
  async setModel(model: Model, { signal }: ChangeOptions = {}): Promise<void> {
    checkModel(model);
    checkSignal(signal);
    this.#keeper.assertUsable();
    await this.#loadModel(model, signal);
    this.#pinned = { ...this.#pinned, model };
  }

  async #loadModel(model: Model, signal: AbortSignal | undefined): Promise<void> {
    this.#modelChange.abort(
      new CycloramaError('superseded', 'a later change of the network replaced this one'),
    );
    const change = new AbortController();
    this.#modelChange = change;
    const stop = signal ? AbortSignal.any([signal, change.signal]) : change.signal;
    stop.throwIfAborted();
    const bytes = await loadModel(model, this.#settings.assetBase, stop);
    stop.throwIfAborted();
    await this.#keeper.call((backstage) => backstage.setModel(bytes));
    this.#setup = { ...this.#setup, model: bytes };
    this.#model = model;
  }

  /**
   * Changes how masks are refined and steadied, with the next frame; what is left out stays as it was.
   *
   * @throws {CycloramaError} `option` or `destroyed`, or why the engine can do nothing any more; all stays as it was
   * @example await background.setMatting({ refinement: 'none' });
   */
  async setMatting(options: MattingOptions): Promise<void> {
    const matting = completeMatting(options, this.#setup.matting);
    this.#keeper.assertUsable();
    const pinned = { ...this.#pinned, ...pin({ refinement: options.refinement }) };
    const quality = withoutModels(completeQuality(this.#qualityOption, pinned));
    await this.#keeper.call(async (backstage) => {
      await backstage.setMatting(matting);
      if (pinned.refinement !== this.#pinned.refinement) await backstage.setQuality(quality);
    });
    this.#pinned = pinned;
    this.#setup = { ...this.#setup, matting, quality };
  }

  /**
   * Changes how much is done for a frame, with the next one. A `model` or `refinement` that was chosen by itself stays.
   *
   * @throws {CycloramaError} `option` or `destroyed`; `asset`, `integrity` or `model` where the rung's network cannot
   *   be had; all stays as it was
   * @example await background.setQuality('balanced');
   */
  async setQuality(quality: QualityOption, { signal }: ChangeOptions = {}): Promise<void> {
    const option = { ...this.#qualityOption, quality };
    const complete = completeQuality(option, this.#pinned);
    checkSignal(signal);
    this.#keeper.assertUsable();
    const { model } = complete.ladder[0];
    if (model !== this.#model) await this.#loadModel(model, signal);
    const plain = withoutModels(complete);
    await this.#keeper.call((backstage) => backstage.setQuality(plain));
    this.#qualityOption = option;
    this.#setup = { ...this.#setup, quality: plain };
  }

  /**
   * Stops the work: tracks and streams show nothing new, frames that are handed in come out hidden.
   *
   * @throws {CycloramaError} `destroyed`
   */
  async pause(): Promise<void> {
    await this.#setPaused(true);
  }

  /**
   * Goes on after {@link pause}.
   *
   * @throws {CycloramaError} `destroyed`
   */
  async resume(): Promise<void> {
    await this.#setPaused(false);
  }

  /**
   * What became of the frames, and how long each stage takes; once this is destroyed, what was so at its end. Counts begin
   * anew with another worker.
   *
   * @throws {CycloramaError} `worker` where there is none any more, and was none
   */
  async metrics(): Promise<Metrics> {
    if (!this.#destroyed && !this.#keeper.broken) {
      this.#lastMetrics = await this.#keeper.call((backstage) => backstage.metrics());
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
    this.#effectChange.abort(reason);
    this.#modelChange.abort(reason);
    this.#video?.close();
    const { stage } = this.#keeper;
    // Asked before the end is told, and so answered before it.
    const told = stage?.guard(stage.backstage.metrics()).catch(() => undefined);
    const closed = this.#keeper.close();
    this.#lastMetrics = (await told) ?? this.#lastMetrics;
    await closed;
    // Not before, as frames on their way to a track that has ended would be left open.
    this.#track?.end();
    await this.#keeper.settled();
    this.#close(this.#setup.background);
  }

  /** Tells what is wanted behind the person, now that this has changed. */
  async #want(): Promise<void> {
    if (this.#destroyed) return;
    const now = this.#effect.kind === 'none';
    const next = this.#nextEffect ? this.#nextEffect.kind === 'none' : now;
    let wanted: Wanted = 'background';
    if (now) wanted = next ? 'camera' : 'nothing';
    if (wanted === this.#setup.wanted) return;
    this.#setup = { ...this.#setup, wanted };
    const { stage } = this.#keeper;
    // Where the worker has gone, the next one is told.
    await stage?.guard(stage.backstage.want(wanted)).catch(() => {});
  }

  async #setPaused(paused: boolean): Promise<void> {
    this.#paused = paused;
    await this.#keeper.call((backstage) => backstage.pause(paused));
  }

  /** Keeps a background that is in place, for another worker. */
  #keep(background: Background): void {
    this.#close(this.#setup.background);
    closeFirstPicture(background);
    this.#setup = { ...this.#setup, background };
  }

  /** A worker has pictures of its own; where there is none they are the pipeline's to close. */
  #close(background: Background): void {
    if (this.#settings.worker) closePicture(background);
  }

  async #picture(again: boolean): Promise<BackgroundPicture | undefined> {
    const video = this.#video;
    if (!video) return undefined;
    const { failure } = video;
    if (failure) this.#tell(failure);
    if (!video.changed() && !again) return undefined;
    const picture = video.picture();
    return this.#settings.worker ? transfer(picture, [picture]) : picture;
  }

  async #draw(frame: FrameSource, source: number): Promise<ImageBitmap | undefined> {
    if (this.#paused) return undefined;
    const rate = this.#cameraRate;
    return (await this.#process(frame, rate && 1000 / rate, source)).image;
  }

  /** Whether a picture of the camera may still be shown, now that it has come. */
  #mayBeRaw(): boolean {
    if (this.#destroyed) return false;
    const { wanted, onFailure } = this.#setup;
    return wanted === 'camera' || (wanted === 'background' && onFailure === 'passthrough');
  }

  #drop(): void {
    if (!this.#destroyed) this.#keeper.stage?.backstage.drop().catch(() => {});
  }

  #hidden({ width, height }: Size): OutputFrame {
    return { image: plainPicture(width, height, this.#setup.background), width, height, outcome: 'hidden' };
  }

  #hear(news: News): void {
    switch (news.kind) {
      case 'metrics':
        this.dispatchEvent(new CustomEvent('metrics', { detail: news.report }));
        return;
      case 'error':
        this.dispatchEvent(new CustomEvent('error', { detail: new CycloramaError(news.code, news.message) }));
        return;
      case 'recovered':
        this.dispatchEvent(new CustomEvent('recovered', { detail: { backend: news.backend } }));
        return;
      case 'quality':
        this.dispatchEvent(new CustomEvent('quality', { detail: news.change }));
        return;
    }
  }

  #tell(error: CycloramaError): void {
    if (this.#failures.isNews(error, performance.now())) {
      this.dispatchEvent(new CustomEvent('error', { detail: error }));
    }
  }
}

/** A frame for the worker, or why it cannot have it. */
async function handOver(frame: FrameSource): Promise<Handed> {
  try {
    const own = await toTransferable(frame);
    return transfer(own, [own]);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { unreadable: `the frame could not be read: ${reason}` };
  }
}

/** A ladder as it can be sent: its rungs have one network, which is loaded here. */
function withoutModels({ ladder: [best, ...others], budget }: Quality): Quality {
  const model = 'selfie_segmentation_landscape';
  return { ladder: [{ ...best, model }, ...others.map((rung) => ({ ...rung, model }) as const)], budget };
}
