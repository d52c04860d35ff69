import { checkModel, loadModel, type Model } from './assets.js';
import { type LoadedEffect, loadEffect, release } from './background.js';
import { NEUTRAL } from './color.js';
import { checkEffect, type Effect } from './effect.js';
import { createEngine, type Engine, type EngineInfo, type FrameSource } from './engine.js';
import { CycloramaError } from './errors.js';
import { TypedEventTarget } from './events.js';
import { FailureLog } from './failures.js';
import { frameSize, type OutputFrame, type Size } from './frame.js';
import { plainPicture } from './hiding.js';
import { completeMatting, type Matting, type MattingOptions } from './matting.js';
import { Meter, type Metrics } from './metrics.js';
import { checkOptions, checkSignal, type Settings, type VirtualBackgroundOptions } from './options.js';
import { checkTrack, createTransform, processTrack } from './streams.js';
import { findObstacle } from './support.js';
import type { BackgroundVideo } from './video.js';

/** Between two `metrics` events, in milliseconds. */
const METRICS_INTERVAL = 1000;

/** What a {@link VirtualBackground} tells. */
export interface VirtualBackgroundEvents {
  /** About once a second while frames flow. */
  metrics: CustomEvent<Metrics>;
  /** A frame or the background's video failed; once per cause, and again if it goes on for ten seconds. */
  error: CustomEvent<CycloramaError>;
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

/**
 * Puts another background behind the person in front of a camera.
 *
 * A frame comes out with the effect on it or hidden, never as the camera gave it, unless that was asked for by name
 * (`effect: { kind: 'none' }` or `onFailure: 'passthrough'`).
 *
 * @example
 * const background = await VirtualBackground.create({ effect: { kind: 'blur', strength: 'medium' } });
 * const { image } = await background.processFrame(video);
 * context.drawImage(image, 0, 0);
 * image.close();
 */
export class VirtualBackground extends TypedEventTarget<VirtualBackgroundEvents> {
  readonly #settings: Settings;
  readonly #engine: Engine;
  readonly #meter = new Meter();
  readonly #failures = new FailureLog();
  #info: EngineInfo;
  #effect: Effect;
  #matting: Matting;
  /** The effect that {@link setEffect} is still loading. */
  #nextEffect: Effect | undefined;
  /** What plays behind the person, if that is the effect. */
  #video: BackgroundVideo | undefined;
  #effectChange = new AbortController();
  #modelChange = new AbortController();
  /** Ends the tracks that were made. */
  readonly #streams = new AbortController();
  /** Settles when the last frame handed in is out; never rejects. */
  #frames: Promise<unknown> = Promise.resolve();
  /** Settles when the engine has taken the last model; never rejects. */
  #models: Promise<unknown> = Promise.resolve();
  /** Why the engine can do nothing any more. */
  #broken: CycloramaError | undefined;
  #destroyed = false;
  #destruction: Promise<void> | undefined;
  #lastMetricsEvent = performance.now();

  private constructor(engine: Engine, settings: Settings, video: BackgroundVideo | undefined) {
    super();
    this.#engine = engine;
    this.#video = video;
    this.#settings = settings;
    this.#effect = settings.effect;
    this.#matting = settings.matting;
    engine.setMatting(settings.matting);
    this.#info = engine.info();
  }

  /** Whether this browser can run Cyclorama. Loads nothing; {@link create} says why not. */
  static async isSupported(): Promise<boolean> {
    return (await findObstacle()) === undefined;
  }

  /**
   * Loads the network and makes the GPU ready, so that the first frame is as quick as the next.
   *
   * @throws {CycloramaError} `option`, `unsupported`, `asset`, `model`, `effect` or `gpu`
   * @throws the reason of `options.signal` once that is aborted
   */
  static async create(options: VirtualBackgroundOptions = {}): Promise<VirtualBackground> {
    const settings = checkOptions(options);
    const { assetBase, effect, model, signal } = settings;
    signal?.throwIfAborted();
    const obstacle = await findObstacle();
    if (obstacle) throw new CycloramaError('unsupported', obstacle);
    const end = new AbortController();
    const loading = loadEffect(effect, signal ? AbortSignal.any([signal, end.signal]) : end.signal);
    try {
      const [bytes, loaded] = await Promise.all([loadModel(model, assetBase, signal), loading]);
      signal?.throwIfAborted();
      // Under effect 'none' the engine waits with a colour, for the day that another effect is chosen.
      const background = loaded.background ?? { kind: 'color', color: NEUTRAL, lightWrap: 0 };
      const engine = await createEngine(bytes, background, assetBase);
      if (signal?.aborted) {
        engine.destroy();
        engine.free();
        throw signal.reason;
      }
      const { video } = loaded;
      loaded.video = undefined;
      return new VirtualBackground(engine, settings, video);
    } finally {
      // Where the model failed first, a video may still be waiting for its first picture.
      end.abort();
      loading.then(release, () => {});
    }
  }

  /**
   * Puts the background behind the person in one frame. Frames are taken one after the other, in the order of the
   * calls. The frame stays the caller's to close, once the call is done.
   *
   * A failure does not reject: it is hidden, counted and told by an `error` event.
   *
   * @throws {CycloramaError} `frame` where there is no picture, so that there is no size to hide it at
   */
  processFrame(frame: FrameSource): Promise<OutputFrame> {
    const turn = this.#frames.then(() => this.#process(frame));
    this.#frames = turn.catch(() => {});
    return turn;
  }

  /**
   * A track that shows `track` with the effect, for any WebRTC app. It ends when `track` does or when this is
   * destroyed; stopping it leaves `track` as it is.
   *
   * @throws {CycloramaError} `option` for anything but a live video track, `unsupported` where the browser gives no
   *   frames of a track to a page (all but Chrome and Edge), or `destroyed`
   * @example
   * const [camera] = (await navigator.mediaDevices.getUserMedia({ video: true })).getVideoTracks();
   * peerConnection.addTrack(await background.process(camera));
   */
  async process(track: MediaStreamTrack): Promise<MediaStreamTrack> {
    const streams = checkTrack(track);
    return processTrack(track, streams, this.transform(), this.#streams.signal);
  }

  /**
   * The same for those who hold the streams of frames themselves: frames go in and are closed, frames with the effect
   * and the same times come out. A frame that comes while another is made replaces the one that waits, and
   * {@link FrameCounts.dropped} counts it.
   *
   * @throws {CycloramaError} `destroyed`
   */
  transform(): TransformStream<VideoFrame, VideoFrame> {
    if (this.#destroyed) throw new CycloramaError('destroyed', 'the background was destroyed');
    const seesThrough = () => this.#effect.kind === 'transparent';
    return createTransform({
      make: (frame) => this.processFrame(frame),
      drop: () => {
        this.#meter.frames.dropped += 1;
      },
      get seeThrough() {
        return seesThrough();
      },
    });
  }

  /**
   * Changes the effect, while frames flow. Until the new one is loaded the old one stays, except that frames are
   * hidden where that was `none`. A later call replaces one that is still loading.
   *
   * @throws {CycloramaError} `option`, `asset`, `effect`, `superseded` or `destroyed`; the old effect stays
   */
  async setEffect(effect: Effect, { signal }: ChangeOptions = {}): Promise<void> {
    checkEffect(effect);
    checkSignal(signal);
    this.#assertUsable(effect);
    this.#effectChange.abort(new CycloramaError('superseded', 'a later setEffect replaced this one'));
    const change = new AbortController();
    this.#effectChange = change;
    const stop = signal ? AbortSignal.any([signal, change.signal]) : change.signal;
    this.#nextEffect = effect;
    let loaded: LoadedEffect | undefined;
    try {
      stop.throwIfAborted();
      loaded = await loadEffect(effect, stop);
      stop.throwIfAborted();
      const { background } = loaded;
      if (background) this.#call(() => this.#engine.setBackground(background));
      this.#effect = effect;
      // The new video stays and the old one goes.
      [this.#video, loaded.video] = [loaded.video, this.#video];
    } finally {
      if (loaded) release(loaded);
      if (this.#effectChange === change) this.#nextEffect = undefined;
    }
  }

  /**
   * Changes the network, while frames flow: the old one serves until the new one is ready. A later call replaces one
   * that is still loading.
   *
   * @throws {CycloramaError} `option`, `asset`, `model`, `superseded` or `destroyed`; the old network stays
   */
  async setModel(model: Model, { signal }: ChangeOptions = {}): Promise<void> {
    checkModel(model);
    checkSignal(signal);
    this.#assertUsable();
    this.#modelChange.abort(new CycloramaError('superseded', 'a later setModel replaced this one'));
    const change = new AbortController();
    this.#modelChange = change;
    const stop = signal ? AbortSignal.any([signal, change.signal]) : change.signal;
    stop.throwIfAborted();
    const bytes = await loadModel(model, this.#settings.assetBase, stop);
    const turn = this.#models.then(async () => {
      stop.throwIfAborted();
      try {
        await this.#engine.setModel(bytes);
      } catch (cause) {
        throw this.#note(cause);
      }
    });
    this.#models = turn.catch(() => {});
    await turn;
  }

  /**
   * Changes how masks are refined and steadied, with the next frame; what is left out stays as it was.
   *
   * @throws {CycloramaError} `option` or `destroyed`, or why the engine can do nothing any more; all stays as it was
   * @example await background.setMatting({ refinement: 'none' });
   */
  async setMatting(options: MattingOptions): Promise<void> {
    const matting = completeMatting(options, this.#matting);
    this.#assertUsable();
    this.#call(() => this.#engine.setMatting(matting));
    this.#matting = matting;
  }

  /** What became of the frames, and how long each stage takes. */
  metrics(): Metrics {
    if (!this.#destroyed && !this.#broken) {
      try {
        this.#info = this.#engine.info();
      } catch (cause) {
        this.#note(cause);
      }
    }
    return this.#meter.report(this.#info);
  }

  /**
   * Releases everything, at any moment; frames handed in before or after come out hidden. May be called again.
   * Resolves when the GPU device and all its memory are released.
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
    this.#streams.abort(reason);
    this.#video?.close();
    // After a trap the module's memory cannot be trusted: what it held goes with the page.
    if (this.#broken?.code === 'internal') return;
    try {
      this.#engine.destroy();
      // The engine's memory may go only when no call holds it.
      await Promise.all([this.#frames, this.#models]);
      this.#engine.free();
    } catch (cause) {
      this.#note(cause);
    }
  }

  async #process(frame: FrameSource): Promise<OutputFrame> {
    const size = frameSize(frame);
    this.#meter.frames.in += 1;
    const output = await this.#render(frame, size);
    const now = performance.now();
    this.#meter.count(output.outcome, now);
    if (now - this.#lastMetricsEvent >= METRICS_INTERVAL && !this.#destroyed) {
      this.#lastMetricsEvent = now;
      this.dispatchEvent(new CustomEvent('metrics', { detail: this.metrics() }));
    }
    return output;
  }

  async #render(frame: FrameSource, size: Size): Promise<OutputFrame> {
    if (this.#showsCamera()) return this.#raw(frame, size, () => this.#showsCamera());
    if (this.#destroyed || this.#effect.kind === 'none') return this.#hidden(size);
    try {
      if (this.#broken) throw this.#broken;
      const video = this.#video;
      const { image, width, height, times, clock, backgroundError } = await this.#engine.process(frame, {
        waitForGpu: this.#settings.timing === 'completed',
        picture: video?.changed() ? video.element : undefined,
      });
      const failure = video?.failure ?? backgroundError;
      // A video that was replaced meanwhile may well be gone.
      if (failure && video === this.#video && !this.#destroyed) this.#tell(CycloramaError.from(failure));
      this.#meter.record(times, clock);
      return { image, width, height, outcome: 'processed', times, clock };
    } catch (cause) {
      if (this.#destroyed) return this.#hidden(size);
      this.#fail(cause);
      const passes = () => this.#settings.onFailure === 'passthrough' && !this.#destroyed;
      return passes() ? this.#raw(frame, size, passes) : this.#hidden(size);
    }
  }

  /** True while the caller wants the camera as it is, and nothing else is on its way. */
  #showsCamera(): boolean {
    const { kind } = this.#nextEffect ?? this.#effect;
    return this.#effect.kind === 'none' && kind === 'none' && !this.#destroyed;
  }

  /** The camera as it is, if `allowed` still holds when its picture is there. */
  async #raw(frame: FrameSource, size: Size, allowed: () => boolean): Promise<OutputFrame> {
    try {
      const image = await createImageBitmap(frame);
      if (allowed()) return { image, width: image.width, height: image.height, outcome: 'raw' };
      image.close();
    } catch (cause) {
      this.#fail(new CycloramaError('frame', 'the frame could not be read', { cause }));
    }
    return this.#hidden(size);
  }

  #hidden({ width, height }: Size): OutputFrame {
    return { image: this.#hidingPicture(width, height), width, height, outcome: 'hidden' };
  }

  #hidingPicture(width: number, height: number): ImageBitmap {
    try {
      if (!this.#destroyed && !this.#broken && !this.#engine.lostReason()) {
        return this.#engine.hide(width, height);
      }
    } catch (cause) {
      this.#note(cause);
    }
    return plainPicture(width, height, this.#effect);
  }

  #fail(cause: unknown): void {
    const error = this.#note(cause);
    this.#meter.frames.failed += 1;
    this.#tell(error);
  }

  #tell(error: CycloramaError): void {
    if (this.#failures.isNews(error, performance.now())) {
      this.dispatchEvent(new CustomEvent('error', { detail: error }));
    }
  }

  /** Gives a failure of the engine its type, and remembers where it was the last one. */
  #note(cause: unknown): CycloramaError {
    const error = CycloramaError.from(cause);
    if (error.code === 'internal' || error.code === 'device-lost') this.#broken ??= error;
    return error;
  }

  /** Tells the engine something, and gives what it throws its type. */
  #call(tell: () => void): void {
    try {
      tell();
    } catch (cause) {
      throw this.#note(cause);
    }
  }

  /** Showing the camera by name needs no engine. */
  #assertUsable(effect?: Effect): void {
    if (this.#destroyed) throw new CycloramaError('destroyed', 'the background was destroyed');
    if (this.#broken && effect?.kind !== 'none') throw this.#broken;
  }
}
