import { checkModel, loadModel, type Model } from './assets.js';
import { NEUTRAL, parseHexColor } from './color.js';
import { blurRadius, checkEffect, type Effect } from './effect.js';
import { type Background, createEngine, type Engine, type EngineInfo, type FrameSource } from './engine.js';
import { CycloramaError } from './errors.js';
import { TypedEventTarget } from './events.js';
import { FailureLog } from './failures.js';
import { frameSize, type OutputFrame, type Size } from './frame.js';
import { plainPicture } from './hiding.js';
import { Meter, type Metrics } from './metrics.js';
import { checkOptions, checkSignal, type Settings, type VirtualBackgroundOptions } from './options.js';
import { loadPicture } from './picture.js';
import { findObstacle } from './support.js';

/** Between two `metrics` events, in milliseconds. */
const METRICS_INTERVAL = 1000;

/** What a {@link VirtualBackground} tells. */
export interface VirtualBackgroundEvents {
  /** About once a second while frames flow. */
  metrics: CustomEvent<Metrics>;
  /** A frame failed; once per cause, and again if it goes on for ten seconds. */
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
  /** The effect that {@link setEffect} is still loading. */
  #nextEffect: Effect | undefined;
  #effectChange = new AbortController();
  #modelChange = new AbortController();
  /** Settles when the last frame handed in is out; never rejects. */
  #frames: Promise<unknown> = Promise.resolve();
  /** Settles when the engine has taken the last model; never rejects. */
  #models: Promise<unknown> = Promise.resolve();
  /** Why the engine can do nothing any more. */
  #broken: CycloramaError | undefined;
  #destroyed = false;
  #destruction: Promise<void> | undefined;
  #lastMetricsEvent = performance.now();

  private constructor(engine: Engine, settings: Settings) {
    super();
    this.#engine = engine;
    this.#settings = settings;
    this.#effect = settings.effect;
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
    const background = loadBackground(effect, signal);
    try {
      // Under effect 'none' the engine waits with a colour, for the day that another effect is chosen.
      const [bytes, chosen = { kind: 'color', color: NEUTRAL } as const] = await Promise.all([
        loadModel(model, assetBase, signal),
        background,
      ]);
      signal?.throwIfAborted();
      const engine = await createEngine(bytes, chosen, assetBase);
      if (signal?.aborted) {
        engine.destroy();
        engine.free();
        throw signal.reason;
      }
      return new VirtualBackground(engine, settings);
    } finally {
      background.then(release, () => {});
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
    let background: Background | undefined;
    try {
      stop.throwIfAborted();
      background = await loadBackground(effect, stop);
      stop.throwIfAborted();
      if (background) this.#setBackground(background);
      this.#effect = effect;
    } finally {
      release(background);
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
      const { image, width, height, times, clock } = await this.#engine.process(frame, {
        waitForGpu: this.#settings.timing === 'completed',
      });
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

  #setBackground(background: Background): void {
    try {
      this.#engine.setBackground(background);
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

/** What the engine is told of an effect: nothing where the camera is to be shown. */
export async function loadBackground(
  effect: Effect,
  signal: AbortSignal | undefined,
): Promise<Background | undefined> {
  switch (effect.kind) {
    case 'blur':
      return { kind: 'blur', radius: blurRadius(effect) };
    case 'image':
      return { kind: 'image', image: await loadPicture(effect.source, signal), fit: effect.fit ?? 'cover' };
    case 'color':
      return { kind: 'color', color: parseHexColor(effect.color) ?? NEUTRAL };
    case 'transparent':
      return { kind: 'transparent' };
    case 'none':
      return undefined;
  }
}

/** The engine has the picture on the GPU: the copy that was loaded for it can go. */
function release(background: Background | undefined): void {
  if (background?.kind === 'image') background.image.close();
}
