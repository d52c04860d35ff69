import { closeFirstPicture, closePicture } from './background.js';
import type { Backstage, Front, Handed, Setup } from './backstage.js';
import { NEUTRAL } from './color.js';
import {
  type Background,
  type BackgroundPicture,
  createEngine,
  type Engine,
  type EngineInfo,
  type FrameSource,
  replaceInstance,
} from './engine.js';
import { CycloramaError } from './errors.js';
import { FailureLog } from './failures.js';
import type { OutputFrame, Size } from './frame.js';
import { PrivacyGate, type Showing, type Wanted } from './gate.js';
import { plainPicture } from './hiding.js';
import type { Matting } from './matting.js';
import { Meter, type Metrics } from './metrics.js';
import { Outlet } from './outlet.js';
import { Recovery } from './recovery.js';
import type { FrameMaker } from './streams.js';
import { type Backend, findLadder } from './support.js';
import { trackStreams } from './track-streams.js';

/** Between two `metrics` events, in milliseconds. */
const METRICS_INTERVAL = 1000;

/** A frame that takes longer than this, in milliseconds, will not come any more: the engine is replaced. */
const PATIENCE = 10_000;

/** So many frames in a row may meet an error of the GPU before the engine is replaced. */
const MAX_GPU_FAILURES = 3;

/**
 * A frame's way from a camera to what is shown, with the engine that it takes and all that can befall it. Knows no page
 * and so runs on one or in a worker.
 */
export class Pipeline implements Backstage {
  readonly #front: Front;
  readonly #setup: Setup;
  readonly #gate: PrivacyGate;
  readonly #recovery: Recovery<Backend>;
  readonly #meter = new Meter();
  readonly #failures = new FailureLog();
  readonly #end = new AbortController();
  /** Missing while another is being made in its place, and once that was given up. */
  #engine: Engine | undefined;
  #info: EngineInfo;
  // What the engine was told, for the next one.
  #model: Uint8Array;
  #background: Background;
  #matting: Matting;
  /** What the background's video shows since the last frame. */
  #picture: BackgroundPicture | undefined;
  #askingForPicture = false;
  /** The last picture that came out, where a failure may ask for it. */
  #last: ImageBitmap | undefined;
  #outlet: Outlet | undefined;
  #paused = false;
  #gpuFailures = 0;
  /** Settles when the last frame handed in is out; never rejects. */
  #frames: Promise<unknown> = Promise.resolve();
  /** Settles when the engine has taken the last model; never rejects. */
  #models: Promise<unknown> = Promise.resolve();
  /** Settles when an engine is there, or there will be none; never rejects. */
  #recovered: Promise<void> = Promise.resolve();
  /** Why there will be no engine any more. */
  #broken: CycloramaError | undefined;
  #destruction: Promise<void> | undefined;
  #lastMetrics = performance.now();

  /**
   * Starts on the best backend that works.
   *
   * @throws {CycloramaError} `unsupported`, `asset`, `model`, `effect` or `gpu`
   */
  static async create(setup: Setup, front: Front): Promise<Pipeline> {
    const { ladder, missing } = await findLadder(setup.backend);
    let failure = new CycloramaError('unsupported', `this browser lacks ${missing.join(' and ')}`);
    for (const [rung, backend] of ladder.entries()) {
      try {
        const engine = await createEngine(backend, setup.model, setup.background, base(setup));
        return new Pipeline(engine, ladder.slice(rung), setup, front);
      } catch (cause) {
        failure = CycloramaError.from(cause);
        // Another backend would not make these good.
        if (!['unsupported', 'gpu', 'device-lost', 'internal'].includes(failure.code)) break;
      }
    }
    throw failure;
  }

  protected constructor(engine: Engine, ladder: readonly Backend[], setup: Setup, front: Front) {
    this.#front = front;
    this.#setup = setup;
    this.#gate = new PrivacyGate(setup.wanted, setup.onFailure);
    this.#recovery = new Recovery(ladder);
    this.#engine = engine;
    this.#model = setup.model;
    this.#background = setup.background;
    this.#matting = setup.matting;
    engine.setMatting(setup.matting);
    this.#info = engine.info();
    closeFirstPicture(setup.background);
  }

  process(frame: Handed, size: Size): Promise<OutputFrame> {
    const turn = this.#frames.then(() => this.#next(frame, size));
    this.#frames = turn.catch(() => {});
    return turn;
  }

  async connect(
    readable: ReadableStream<VideoFrame>,
    writable?: WritableStream<VideoFrame>,
  ): Promise<boolean> {
    if (writable) {
      // Its track was stopped, which tells nobody.
      void this.#outlet?.end();
      this.#outlet = new Outlet(this.#maker(), writable);
    }
    if (!this.#outlet) throw new CycloramaError('internal', 'there is nowhere for the frames to go');
    return this.#outlet.take(readable);
  }

  async takesTracks(): Promise<boolean> {
    return trackStreams() !== undefined;
  }

  async connectTrack(track: MediaStreamTrack): Promise<MediaStreamTrack | undefined> {
    const streams = trackStreams();
    if (!streams) throw new CycloramaError('unsupported', 'this worker cannot take tracks apart');
    const { readable } = new streams.MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
    if (this.#outlet) {
      void this.connect(readable);
      return undefined;
    }
    const generator = new streams.VideoTrackGenerator();
    void this.connect(readable, generator.writable);
    return generator.track;
  }

  async setBackground(background: Background): Promise<void> {
    this.#assertUsable();
    try {
      this.#engine?.setBackground(background);
    } catch (cause) {
      closePicture(background);
      throw this.#note(cause);
    }
    closePicture(this.#background);
    this.#background = background;
    this.#forgetPicture();
    closeFirstPicture(background);
    this.#gate.want('background');
  }

  async want(wanted: Wanted): Promise<void> {
    this.#gate.want(wanted);
  }

  setModel(model: Uint8Array): Promise<void> {
    const turn = this.#models.then(async () => {
      await this.#recovered;
      this.#assertUsable();
      try {
        await this.#engine?.setModel(model);
      } catch (cause) {
        throw this.#note(cause);
      }
      this.#model = model;
    });
    this.#models = turn.catch(() => {});
    return turn;
  }

  async setMatting(matting: Matting): Promise<void> {
    this.#assertUsable();
    try {
      this.#engine?.setMatting(matting);
    } catch (cause) {
      throw this.#note(cause);
    }
    this.#matting = matting;
  }

  async pause(paused: boolean): Promise<void> {
    this.#paused = paused;
  }

  async drop(): Promise<void> {
    this.#meter.frames.dropped += 1;
  }

  async ping(): Promise<void> {}

  async metrics(): Promise<Metrics> {
    return this.#report();
  }

  destroy(): Promise<void> {
    this.#destruction ??= this.#release();
    return this.#destruction;
  }

  async #release(): Promise<void> {
    this.#gate.shut();
    this.#end.abort(new CycloramaError('destroyed', 'the background was destroyed'));
    const engine = this.#engine;
    this.#engine = undefined;
    engine?.destroy();
    // The engine's memory may go only when no call holds it.
    await Promise.all([this.#frames, this.#models, this.#recovered, this.#outlet?.end()]);
    engine?.free();
    closePicture(this.#background);
    this.#forgetPicture();
    this.#last?.close();
    this.#last = undefined;
  }

  get #destroyed(): boolean {
    return this.#end.signal.aborted;
  }

  async #next(frame: Handed, size: Size): Promise<OutputFrame> {
    this.#meter.frames.in += 1;
    const output = await this.#render(frame, size);
    const now = performance.now();
    this.#meter.count(output.outcome, now);
    if (now - this.#lastMetrics >= METRICS_INTERVAL && !this.#destroyed) {
      this.#lastMetrics = now;
      this.#front.tell({ kind: 'metrics', metrics: this.#report() });
    }
    return output;
  }

  async #render(frame: Handed, size: Size): Promise<OutputFrame> {
    if (this.#paused) return this.#hidden(size);
    const engine = this.#engine;
    const showing = this.#gate.beforeFrame(engine !== undefined);
    if (showing !== 'composite' || !engine) {
      if (this.#broken && showing !== 'raw') this.#tell(this.#broken);
      return this.#show(showing, frame, size, this.#gate.wantsCamera ? 'wanted' : 'failed');
    }
    try {
      return await this.#composite(engine, readable(frame));
    } catch (cause) {
      if (!this.#destroyed) this.#fail(cause);
      return this.#show(this.#gate.afterFailure(), frame, size, 'failed');
    }
  }

  async #composite(engine: Engine, frame: FrameSource): Promise<OutputFrame> {
    const picture = this.#picture;
    this.#picture = undefined;
    this.#askForPicture();
    try {
      const waitForGpu = this.#setup.timing === 'completed';
      const { image, width, height, times, clock, backgroundError } = await patiently(
        engine.process(frame, { waitForGpu, picture }),
      );
      // A video that was replaced meanwhile may well be gone.
      if (backgroundError && !this.#destroyed) this.#tell(CycloramaError.from(backgroundError));
      this.#gpuFailures = 0;
      this.#meter.record(times, clock);
      if (this.#gate.keepsLast) await this.#keep(image);
      return { image, width, height, outcome: 'processed', times, clock };
    } finally {
      picture?.close();
    }
  }

  async #show(
    showing: Showing,
    frame: Handed,
    size: Size,
    reason: 'wanted' | 'failed',
  ): Promise<OutputFrame> {
    try {
      if (showing === 'raw') {
        const image = await createImageBitmap(readable(frame));
        if (this.#gate.stillRaw(reason)) {
          return { image, width: image.width, height: image.height, outcome: 'raw' };
        }
        image.close();
      } else if (showing === 'frozen' && this.#last) {
        const image = await createImageBitmap(this.#last);
        return { image, width: image.width, height: image.height, outcome: 'frozen' };
      }
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
      if (this.#engine && !this.#engine.lostReason()) return this.#engine.hide(width, height);
    } catch (cause) {
      this.#note(cause);
    }
    return plainPicture(width, height, this.#background);
  }

  /** Keeps a copy of what comes out. */
  async #keep(image: ImageBitmap): Promise<void> {
    const copy = await createImageBitmap(image);
    this.#last?.close();
    this.#last = copy;
  }

  /** What makes the frames of a stream. */
  #maker(): FrameMaker {
    return {
      make: async (frame) => {
        if (this.#paused) return undefined;
        const { displayWidth: width, displayHeight: height } = frame;
        const { image } = await this.process(frame, { width, height });
        return { image, seeThrough: this.#background.kind === 'transparent' };
      },
      drop: () => void this.drop(),
    };
  }

  /** Has the page send what the background's video shows by now, for one of the next frames. */
  #askForPicture(): void {
    if (this.#background.kind !== 'video' || this.#askingForPicture) return;
    this.#askingForPicture = true;
    const background = this.#background;
    this.#front
      .picture(false)
      .then((picture) => {
        this.#forgetPicture();
        if (background === this.#background && !this.#destroyed) this.#picture = picture;
        else picture?.close();
      })
      // The page has gone, and soon this will.
      .catch(() => {})
      .finally(() => {
        this.#askingForPicture = false;
      });
  }

  #forgetPicture(): void {
    this.#picture?.close();
    this.#picture = undefined;
  }

  #report(): Metrics {
    try {
      if (this.#engine) this.#info = this.#engine.info();
    } catch (cause) {
      this.#note(cause);
    }
    return this.#meter.report(this.#info);
  }

  #fail(cause: unknown): void {
    const error = this.#note(cause);
    this.#meter.frames.failed += 1;
    this.#tell(error);
  }

  #tell(error: CycloramaError): void {
    if (!this.#failures.isNews(error, performance.now())) return;
    this.#front.tell({ kind: 'error', code: error.code, message: error.message });
  }

  /** Gives a failure its type, and has the engine replaced where it was the last one. */
  #note(cause: unknown): CycloramaError {
    const error = CycloramaError.from(cause);
    if (error.code === 'gpu') this.#gpuFailures += 1;
    const lost = ['device-lost', 'internal'].includes(error.code) || this.#gpuFailures >= MAX_GPU_FAILURES;
    if (lost && this.#engine && !this.#destroyed) {
      const engine = this.#engine;
      this.#engine = undefined;
      this.#gpuFailures = 0;
      this.#recovered = this.#recover(engine, error);
    }
    return error;
  }

  /** Replaces an engine; frames are hidden meanwhile. */
  async #recover(lost: Engine, cause: CycloramaError): Promise<void> {
    await discard(lost, cause);
    let error = cause;
    for (;;) {
      const attempt = this.#recovery.next(performance.now());
      if (!attempt) {
        this.#broken = error;
        this.#tell(error);
        return;
      }
      await pause(attempt.delay, this.#end.signal);
      if (this.#destroyed) return;
      try {
        const engine = await this.#restart(attempt.rung);
        if (this.#destroyed) return await discard(engine, undefined);
        this.#engine = engine;
        this.#info = engine.info();
        this.#front.tell({ kind: 'recovered', backend: attempt.rung });
        return;
      } catch (cause) {
        error = CycloramaError.from(cause);
      }
    }
  }

  /** Another engine, told all that the last one was. */
  async #restart(backend: Backend): Promise<Engine> {
    const model = this.#model;
    const background = await this.#currentBackground();
    const told = this.#background;
    try {
      const engine = await createEngine(backend, model, background, base(this.#setup));
      engine.setMatting(this.#matting);
      // Chosen while the engine was made.
      if (told !== this.#background) engine.setBackground(await this.#currentBackground());
      if (model !== this.#model) await engine.setModel(this.#model);
      return engine;
    } finally {
      closeFirstPicture(background);
    }
  }

  async #currentBackground(): Promise<Background> {
    const background = this.#background;
    if (background.kind !== 'video') return background;
    const picture = await this.#front.picture(true).catch(() => undefined);
    return picture ? { ...background, picture } : { kind: 'color', color: NEUTRAL, lightWrap: 0 };
  }

  #assertUsable(): void {
    this.#end.signal.throwIfAborted();
    if (this.#broken) throw this.#broken;
  }
}

function base({ assetBase }: Setup): URL | undefined {
  return assetBase === undefined ? undefined : new URL(assetBase);
}

function readable(frame: Handed): FrameSource {
  if ('unreadable' in frame) throw new CycloramaError('frame', frame.unreadable);
  return frame;
}

/** Gives back what is left of an engine that failed for `cause`. */
async function discard(engine: Engine, cause: CycloramaError | undefined): Promise<void> {
  // After a trap the module's memory cannot be trusted: a new instance takes its place.
  if (cause?.code === 'internal') return replaceInstance(engine);
  engine.destroy();
  try {
    engine.free();
  } catch {
    // A call that was not waited for any longer still holds it.
  }
}

/** What `work` gives, or an error where that takes too long; what comes then is thrown away. */
async function patiently<Result extends { image: ImageBitmap }>(work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      work.then(({ image }) => image.close()).catch(() => {});
      const seconds = PATIENCE / 1000;
      reject(new CycloramaError('device-lost', `the GPU has not answered for ${seconds} seconds`));
    }, PATIENCE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
