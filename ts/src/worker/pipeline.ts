import type { BackgroundFrame } from '../shared/background.js';
import type { Engine, FrameSource } from '../shared/engine-types.js';
import { ErrorThrottle } from '../shared/error-throttle.js';
import { CycloramaError } from '../shared/errors.js';
import type { OutputFrame, Size } from '../shared/frame.js';
import { FrameRateEstimator } from '../shared/frame-rate-estimator.js';
import type { FrameProducer } from '../shared/frame-relay.js';
import type { Matting } from '../shared/matting.js';
import type { Memory, Metrics } from '../shared/metrics.js';
import { placeholderImage } from '../shared/placeholder.js';
import type {
  DisplayState,
  PipelineClient,
  PipelineService,
  PipelineSetup,
  PipelineSetupChange,
  SubmittedFrame,
} from '../shared/protocol.js';
import type { QualityChange } from '../shared/quality.js';
import { type Backend, requireBackends } from '../shared/thread-support.js';
import { waitAtMost } from '../shared/timeout.js';
import { trackStreams } from '../shared/track-streams.js';
import { Downscaler } from './downscaler.js';
import { EngineSupervisor, type Owner } from './engine-supervisor.js';
import { type Conditions, Meter, type OpenFrame } from './metrics/meter.js';
import { PrivacyGate, type ShownFrame } from './privacy-gate.js';
import { QualityController } from './quality/quality-controller.js';
import { TrackSink } from './track-sink.js';

/** Between two `metrics` events, and two looks at the mask, in milliseconds. */
const LOOK_INTERVAL = 1000;

/**
 * A frame that takes longer than this, in milliseconds, will not come any more: the engine is replaced. A module that
 * traps while it waits for the browser says nothing either.
 */
const PATIENCE = 5_000;

/** A frame whose turn it is. */
interface Turn {
  readonly frame: SubmittedFrame;
  readonly size: Size;
  /** Between two frames of the camera, in milliseconds. */
  readonly interval: number | undefined;
  /** When it was handed in, in milliseconds. */
  readonly handed: number;
}

/** A frame that the GPU is at work on. */
interface Taken {
  readonly open: OpenFrame | undefined;
  /** When it was taken, in milliseconds. */
  readonly taken: number;
  readonly size: Size;
  readonly interval: number | undefined;
  /** Whether measuring it made it slow. */
  readonly slowed: boolean;
}

/**
 * A frame's way from a camera to what is shown, and all that can befall it. Knows no page and so runs on one or in a
 * worker.
 */
export class Pipeline implements PipelineService {
  readonly #front: PipelineClient;
  readonly #keeper: EngineSupervisor;
  readonly #gate: PrivacyGate;
  readonly #controller: QualityController;
  readonly #meter: Meter;
  readonly #failures = new ErrorThrottle();
  readonly #cadence = new FrameRateEstimator();
  readonly #scaler = new Downscaler();
  #matting: Matting;
  #paused: boolean;
  /** Changes that are not in force yet, by their numbers. */
  readonly #changes = new Map<number, AbortController>();
  #destruction: Promise<void> | undefined;
  #outlet: TrackSink | undefined;
  /** What the frames of the outlet come from, where that is a track of the worker's. */
  #outletTrack: MediaStreamTrack | undefined;
  /** Settles when the last frame handed in is out; never rejects. */
  #frames: Promise<unknown> = Promise.resolve();
  /** Settles when the GPU is done with the last frame but one; never rejects. */
  #lastButOne: Promise<void> = Promise.resolve();
  /** Settles when the GPU is done with the last frame; never rejects. */
  #lastFrame: Promise<void> = Promise.resolve();
  /** Settles when the last look at a mask is done; never rejects. */
  #look: Promise<void> = Promise.resolve();
  /** Which camera the last frame is of. */
  #source = 0;
  /** Which camera the frames of the outlet are of: below zero, as those that are handed in are not. */
  #outletSource = -1;
  /** How many frames the last matte has served. */
  #served = 0;
  /** Frames that were dropped since one was made. */
  #dropped = 0;
  /** What the background's video shows since the last frame. */
  #picture: BackgroundFrame | undefined;
  #askingForPicture = false;
  /** The last picture that came out, where a failure may ask for it. */
  #last: ImageBitmap | undefined;
  /** Counts how often the last picture was forgotten. */
  #era = 0;
  #lastLook = performance.now();

  /**
   * Starts on the best backend that works.
   *
   * @throws {CycloramaError} `unsupported`, `asset`, `integrity`, `model`, `effect` or `gpu`
   * @throws the signal's reason once that is aborted
   */
  static async create(setup: PipelineSetup, front: PipelineClient, signal?: AbortSignal): Promise<Pipeline> {
    const { choice, model, background, matting, precision, powerPreference, assetBase } = setup;
    const backends = await requireBackends(choice, signal);
    let pipeline: Pipeline | undefined;
    const owner: Owner = {
      lost: () => pipeline?.forgetEngine(),
      recovered: (backend) => {
        front.notify({ kind: 'recovered', backend });
      },
      gaveUp: ({ code, message }) => front.notify({ kind: 'error', code, message }),
      picture: () => front.backgroundFrame(true).catch(() => undefined),
    };
    const base = assetBase === undefined ? undefined : new URL(assetBase);
    const task = { model, background, matting, precision, powerPreference, assetBase: base };
    pipeline = new Pipeline(setup, front, await EngineSupervisor.start(backends, task, owner, signal));
    return pipeline;
  }

  private constructor(setup: PipelineSetup, front: PipelineClient, keeper: EngineSupervisor) {
    this.#front = front;
    this.#keeper = keeper;
    this.#gate = new PrivacyGate(setup.display, setup.onFailure);
    this.#controller = new QualityController(setup.quality);
    this.#meter = new Meter(setup.timing);
    this.#matting = setup.matting;
    this.#paused = setup.paused;
    keeper.setMatting(this.#refined());
  }

  /** Nothing of the last engine's is waited for or counted on any more. */
  private forgetEngine(): void {
    this.#meter.forget();
    this.#served = 0;
    this.#lastButOne = Promise.resolve();
    this.#lastFrame = Promise.resolve();
    this.#look = Promise.resolve();
  }

  process(frame: SubmittedFrame, size: Size, interval?: number, source = 0): Promise<OutputFrame> {
    const handed = performance.now();
    const turn = this.#frames.then(() => {
      // A frame of no camera is like no other.
      if (source !== this.#source) {
        this.#served = 0;
        this.#forgetLast();
      }
      this.#source = source;
      return this.#next({ frame, size, interval, handed });
    });
    this.#frames = turn.catch(() => {});
    return turn;
  }

  async connect(
    readable: ReadableStream<VideoFrame>,
    enabled: boolean,
    writable?: WritableStream<VideoFrame>,
  ): Promise<boolean> {
    if (writable) {
      // Its track was stopped, which tells nobody.
      void this.#outlet?.end();
      this.#outlet = new TrackSink(this.#maker(), writable, () => {
        this.#outletSource -= 1;
      });
    }
    if (!this.#outlet) throw new CycloramaError('internal', 'there is nowhere for the frames to go');
    return this.#outlet.take(readable, enabled);
  }

  async enable(enabled: boolean): Promise<void> {
    this.#outlet?.enable(enabled);
    if (this.#outletTrack) this.#outletTrack.enabled = enabled;
  }

  async takesTracks(): Promise<boolean> {
    return trackStreams() !== undefined;
  }

  async connectTrack(
    track: MediaStreamTrack,
    enabled: boolean,
    isNew: boolean,
  ): Promise<MediaStreamTrack | undefined> {
    const streams = trackStreams();
    if (!streams) throw new CycloramaError('unsupported', 'this worker cannot take tracks apart');
    track.enabled = enabled;
    // The track is a clone of the camera's, which stays on until that is stopped as well.
    const stop = () => track.stop();
    try {
      const { readable } = new streams.MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
      const generator = isNew ? new streams.VideoTrackGenerator() : undefined;
      this.#outletTrack = track;
      this.connect(readable, enabled, generator?.writable).then(stop, stop);
      return generator?.track;
    } catch (cause) {
      stop();
      throw cause;
    }
  }

  async backend(): Promise<Backend> {
    return this.#keeper.info.backend;
  }

  async configure(change: PipelineSetupChange, number: number): Promise<boolean> {
    const withdrawal = new AbortController();
    this.#changes.set(number, withdrawal);
    try {
      const { model, background, quality } = change;
      await this.#keeper.configure(
        { ...(model && { model }), ...(background && { background }) },
        withdrawal.signal,
      );
      // Nothing waits from here on, so that no frame comes between two of the changes.
      this.#matting = change.matting ?? this.#matting;
      const moved = quality && this.#controller.choose(quality);
      if (moved) this.#follow(moved);
      else this.#keeper.setMatting(this.#refined());
      this.#meter.restart();
      if (model) this.#served = 0;
      if (background) {
        this.#forgetPicture();
        this.#forgetLast();
        this.#gate.setDisplay('background');
      }
      return true;
    } catch (cause) {
      if (withdrawal.signal.aborted) return false;
      throw cause;
    } finally {
      this.#changes.delete(number);
    }
  }

  async withdraw(number: number): Promise<void> {
    this.#changes.get(number)?.abort();
  }

  async setDisplay(display: DisplayState): Promise<void> {
    this.#gate.setDisplay(display);
  }

  async pause(paused: boolean): Promise<void> {
    this.#paused = paused;
    this.#controller.interrupt();
    this.#forgetLast();
  }

  async drop(): Promise<void> {
    this.#meter.drop();
    this.#dropped += 1;
  }

  async metrics(): Promise<Metrics> {
    return this.#report();
  }

  destroy(): Promise<void> {
    this.#destruction ??= this.#release();
    return this.#destruction;
  }

  async #release(): Promise<void> {
    this.#gate.shut();
    // Begun before anything is waited for, so that frames under way fail at once.
    const idle = this.#frames.then(() => Promise.all([this.#lastButOne, this.#lastFrame, this.#look]));
    const released = this.#keeper.destroy(idle);
    await Promise.all([released, this.#outlet?.end()]);
    this.#forgetPicture();
    this.#forgetLast();
  }

  get #destroyed(): boolean {
    return this.#destruction !== undefined;
  }

  async #next(turn: Turn): Promise<OutputFrame> {
    this.#meter.arrive();
    const output = await this.#render(turn);
    const now = performance.now();
    this.#meter.leave(output.outcome, now);
    if (now - this.#lastLook >= LOOK_INTERVAL && !this.#destroyed) {
      this.#lastLook = now;
      if (this.#meter.on) {
        const report = { ...this.#report(), samples: this.#meter.takeSamples() };
        this.#front.notify({ kind: 'metrics', report });
      }
      this.#look = this.#lookAtMask();
    }
    return output;
  }

  async #render(turn: Turn): Promise<OutputFrame> {
    const { frame, size } = turn;
    if (this.#paused) return this.#hidden(size);
    const { engine, broken } = this.#keeper;
    const showing = this.#gate.beforeFrame(engine !== undefined);
    if (showing !== 'composite' || !engine) {
      const { wantsCamera } = this.#gate;
      if (broken && !wantsCamera) this.#tell(broken);
      return this.#show(showing, frame, size, wantsCamera ? 'wanted' : 'failed');
    }
    try {
      return await this.#composite(engine, readable(frame), turn);
    } catch (cause) {
      if (!this.#destroyed) this.#fail(cause);
      return this.#show(this.#gate.afterFailure(), frame, size, 'failed');
    }
  }

  async #composite(
    engine: Engine,
    frame: FrameSource,
    { size, interval, handed }: Turn,
  ): Promise<OutputFrame> {
    const picture = this.#picture;
    this.#picture = undefined;
    this.#askForPicture();
    const era = this.#era;
    try {
      const { framesPerSegmentation, outputScale } = this.#controller.level;
      const load = this.#meter.load(size, () => this.#conditions());
      const reuseMatte = this.#served > 0 && this.#served < framesPerSegmentation;
      const { processed, taken, clock } = await patiently(async () => {
        // No more than two frames are the GPU's at a time: with more, all would only be later.
        await this.#lastButOne;
        const taken = performance.now();
        const clock = this.#meter.clock(load, reuseMatte, taken);
        const processed = await engine.process(this.#scaler.scale(frame, size, outputScale), {
          waitForGpu: clock === 'completed',
          timestamps: clock === 'gpu',
          image: picture,
          reuseMatte,
        });
        return { processed, taken, clock };
      });
      const { image, width, height, segmented, number, cpu, completed, backgroundError } = processed;
      this.#served = segmented ? 1 : this.#served + 1;
      const open = this.#meter.record({ load, number, segmented, cpu, completed, handed, taken, clock });
      this.#measure(engine, { open, taken, size, interval, slowed: this.#meter.slowed(clock) });
      // A video that was replaced meanwhile may well be gone.
      if (backgroundError && !this.#destroyed) this.#tell(CycloramaError.from(backgroundError));
      this.#keeper.succeeded();
      if (this.#gate.keepsLast && !Number.isNaN(this.#source)) await this.#keep(image, era);
      return { image, width, height, outcome: 'processed', cpu, completed };
    } finally {
      picture?.close();
    }
  }

  /**
   * Tells meter and controller what a frame took, once the GPU is done with it, which nobody waits for. The controller is
   * told nothing of a frame that measuring made slow, and nothing of what was dropped for that.
   */
  #measure(engine: Engine, { open, taken, size, interval, slowed }: Taken): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#lastButOne = this.#lastFrame;
    this.#lastFrame = engine
      .completed()
      .then(() => {
        const now = performance.now();
        if (engine !== this.#keeper.engine) {
          if (open) this.#meter.abandon(open);
          return;
        }
        if (open) this.#meter.finish(open, now, engine.gpuTimes());
        if (interval === undefined || slowed) return;
        this.#follow(this.#controller.frame({ busy: now - taken, interval, dropped, ...size, now }));
      })
      .catch((cause) => {
        if (engine !== this.#keeper.engine) return;
        // The next frame meets what has befallen the GPU, but after a trap the module may well go on with a broken memory.
        if (CycloramaError.from(cause).code === 'internal') this.#tell(this.#keeper.note(cause));
      });
  }

  /** Puts another level in place. */
  #follow(next: QualityChange | undefined): void {
    for (let change = next; change; ) {
      const { from, to, kind, reason } = change;
      this.#controller.begin(change);
      change = this.#controller.done(performance.now());
      this.#meter.restart();
      this.#keeper.setMatting(this.#refined());
      this.#front.notify({ kind: 'quality', change: { from, to, kind, reason } });
    }
  }

  /** How masks become mattes, on the level that is at work. */
  #refined(): Matting {
    return { ...this.#matting, refinement: this.#controller.level.refinement };
  }

  async #show(
    showing: ShownFrame,
    frame: SubmittedFrame,
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
    const { engine, background } = this.#keeper;
    try {
      if (engine && !engine.lostReason()) return engine.hide(width, height);
    } catch (cause) {
      this.#keeper.note(cause);
    }
    return placeholderImage(width, height, background);
  }

  /** What came out is not shown again: not under another background, of another camera, nor after a pause. */
  #forgetLast(): void {
    this.#last?.close();
    this.#last = undefined;
    this.#era += 1;
  }

  /** Keeps a copy of what comes out, unless what was made in its era is to be forgotten. */
  async #keep(image: ImageBitmap, era: number): Promise<void> {
    try {
      const copy = await createImageBitmap(image);
      if (era !== this.#era) return copy.close();
      this.#last?.close();
      this.#last = copy;
    } catch (cause) {
      image.close();
      throw cause;
    }
  }

  /** What makes the frames of a stream. */
  #maker(): FrameProducer {
    return {
      make: async (frame) => {
        if (this.#paused) return undefined;
        const { displayWidth: width, displayHeight: height } = frame;
        const { image } = await this.process(
          frame,
          { width, height },
          this.#cadence.interval,
          this.#outletSource,
        );
        return { image, seeThrough: this.#keeper.background.kind === 'transparent' };
      },
      arrive: ({ timestamp }) => this.#cadence.arrive(timestamp),
      drop: () => void this.drop(),
    };
  }

  /** Has the page send what the background's video shows by now, for one of the next frames. */
  #askForPicture(): void {
    const { background } = this.#keeper;
    if (background.kind !== 'video' || this.#askingForPicture) return;
    this.#askingForPicture = true;
    this.#front
      .backgroundFrame(false)
      .then((picture) => {
        if (!picture) return;
        this.#forgetPicture();
        if (background === this.#keeper.background && !this.#destroyed) this.#picture = picture;
        else picture.close();
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

  /** Tells of masks that the engine lets nobody be shown by. Reads back, so that no frame waits for it. */
  async #lookAtMask(): Promise<void> {
    const { engine } = this.#keeper;
    try {
      const fault = await engine?.maskStatus();
      if (fault && engine === this.#keeper.engine) this.#tell(new CycloramaError('mask', fault));
    } catch {
      // An engine that has failed or was destroyed; frames tell of that.
    }
  }

  #conditions(): Conditions {
    const { level, position } = this.#controller;
    return { info: this.#keeper.info, level, number: position };
  }

  #report(): Metrics {
    return this.#meter.report(this.#conditions(), this.#memory());
  }

  #memory(): Memory {
    const { wasm, model } = this.#keeper.memory ?? {};
    // Chromium alone tells, on pages alone, and no standard knows of it.
    const { memory } = performance as Performance & { memory?: { usedJSHeapSize: number } };
    return { wasm, model, heap: memory?.usedJSHeapSize };
  }

  #fail(cause: unknown): void {
    const error = this.#keeper.note(cause);
    this.#meter.fail();
    this.#tell(error);
  }

  #tell(error: CycloramaError): void {
    if (!this.#failures.isNews(error, performance.now())) return;
    this.#front.notify({ kind: 'error', code: error.code, message: error.message });
  }
}

function readable(frame: SubmittedFrame): FrameSource {
  if ('unreadable' in frame) throw new CycloramaError('frame', frame.unreadable);
  return frame;
}

/** What `begin` gives, or an error where that takes too long; what comes then is thrown away. */
async function patiently<Result extends { processed: { image: ImageBitmap } }>(
  begin: () => Promise<Result>,
): Promise<Result> {
  const work = begin();
  let stop = () => {};
  const late = new Promise<never>((_, reject) => {
    stop = waitAtMost(PATIENCE, () => {
      work.then(({ processed }) => processed.image.close()).catch(() => {});
      const seconds = PATIENCE / 1000;
      reject(new CycloramaError('internal', `the engine has not answered for ${seconds} seconds`));
    });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop();
  }
}
