import { isEmulated } from '../shared/emulation.js';
import type { Engine } from '../shared/engine-types.js';
import { ErrorThrottle } from '../shared/error-throttle.js';
import { CycloramaError } from '../shared/errors.js';
import { type PipelineOutput, type Size, scaleSize } from '../shared/frame.js';
import type { MadeFrame } from '../shared/frame-relay.js';
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
import { withTimeout } from '../shared/timeout.js';
import { trackStreams } from '../shared/track-streams.js';
import { BackgroundFrames } from './background-frames.js';
import { Downscaler } from './downscaler.js';
import { startFastest } from './engine-start.js';
import { type EngineOwner, EngineSupervisor } from './engine-supervisor.js';
import { type FrameInProgress, type QueuedFrame, readable } from './frame-in-progress.js';
import { LastOutput } from './last-output.js';
import { type Conditions, Meter } from './metrics/meter.js';
import { PrivacyGate, type ShownFrame } from './privacy-gate.js';
import { QualityController } from './quality/quality-controller.js';
import { TrackConnections } from './track-connections.js';

/** Time between two `metrics` events, and between two mask checks, in milliseconds. */
const REPORT_INTERVAL = 1000;

/**
 * Timeout of a frame, in milliseconds. After it the engine is replaced. A WebAssembly module that crashes while it waits for the
 * browser leaves its promise pending.
 */
const FRAME_TIMEOUT = 5_000;

/** Processes frames from input to output, and handles every failure. Uses no DOM, so it runs on a page or in a worker. */
export class Pipeline implements PipelineService {
  readonly #client: PipelineClient;
  readonly #supervisor: EngineSupervisor;
  readonly #gate: PrivacyGate;
  readonly #controller: QualityController;
  readonly #meter: Meter;
  readonly #backgroundFrames: BackgroundFrames;
  readonly #connections: TrackConnections;
  readonly #errors = new ErrorThrottle();
  readonly #downscaler = new Downscaler();
  readonly #lastOutput = new LastOutput();
  #matting: Matting;
  #paused: boolean;
  /** Changes that have not taken effect, by number. */
  readonly #changes = new Map<number, AbortController>();
  #destruction: Promise<void> | undefined;
  /** Settles when the last submitted frame is output. Never rejects. */
  #queue: Promise<unknown> = Promise.resolve();
  /** Settles when the GPU has finished the second-last frame. Never rejects. */
  #secondLastFrame: Promise<void> = Promise.resolve();
  /** Settles when the GPU has finished the last frame. Never rejects. */
  #lastFrame: Promise<void> = Promise.resolve();
  /** Settles when the last mask check is done. Never rejects. */
  #maskCheck: Promise<void> = Promise.resolve();
  /** The camera of the last frame, NaN for none. */
  #source = Number.NaN;
  /** Whether any frame had a camera. */
  #hasCamera = false;
  /** Number of frames composited with the current matte. */
  #matteUses = 0;
  /** Number of frames dropped since the last processed one. */
  #dropped = 0;
  #lastReport = performance.now();

  /**
   * Starts on the best backend that works.
   *
   * @throws {CycloramaError} `unsupported`, `asset`, `integrity`, `model`, `effect` or `gpu`
   * @throws the signal's reason if it aborts
   */
  static async create(setup: PipelineSetup, client: PipelineClient, signal?: AbortSignal): Promise<Pipeline> {
    const { choice, fastest, model, background, matting, precision, powerPreference, assetBase } = setup;
    const backends = await requireBackends(choice, signal);
    let pipeline: Pipeline | undefined;
    const owner: EngineOwner = {
      lost: () => pipeline?.forgetEngine(),
      recovered: (backend) => client.notify({ kind: 'recovered', backend }),
      failed: ({ code, message }) => client.notify({ kind: 'error', code, message }),
      backgroundFrame: () => client.backgroundFrame(true).catch(() => undefined),
    };
    const base = assetBase === undefined ? undefined : new URL(assetBase);
    const config = { model, background, matting, precision, powerPreference, assetBase: base };
    const started = await startFastest(backends, fastest, config, signal);
    if (started.isMeasured) client.notify({ kind: 'measured', fastest: started.backends[0] });
    pipeline = new Pipeline(setup, client, new EngineSupervisor(started, config, owner));
    return pipeline;
  }

  private constructor(setup: PipelineSetup, client: PipelineClient, supervisor: EngineSupervisor) {
    this.#client = client;
    this.#supervisor = supervisor;
    this.#gate = new PrivacyGate(setup.display, setup.onFailure);
    this.#controller = new QualityController(setup.quality);
    this.#meter = new Meter(setup.timing);
    this.#backgroundFrames = new BackgroundFrames(client);
    this.#connections = new TrackConnections({
      processStreamFrame: (...frame) => this.#processStreamFrame(...frame),
      drop: () => void this.drop(),
    });
    this.#matting = setup.matting;
    this.#paused = setup.paused;
    supervisor.setMatting(this.#activeMatting());
  }

  /** Resets everything that refers to the lost engine. */
  private forgetEngine(): void {
    this.#meter.forget();
    this.#controller.begin();
    this.#matteUses = 0;
    this.#secondLastFrame = Promise.resolve();
    this.#lastFrame = Promise.resolve();
    this.#maskCheck = Promise.resolve();
  }

  process(
    frame: SubmittedFrame,
    size: Size,
    interval?: number,
    source = 0,
    video = false,
  ): Promise<PipelineOutput> {
    const submitted = performance.now();
    const turn = this.#queue.then(() => {
      // NaN stands for no camera: it differs from every source, itself included.
      if (source !== this.#source) {
        this.#matteUses = 0;
        this.#lastOutput.clear();
      }
      this.#source = source;
      if (!this.#hasCamera && !Number.isNaN(source)) this.#beginCamera();
      return this.#next({ frame, size, interval, video, submitted });
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  connect(
    readable: ReadableStream<VideoFrame>,
    enabled: boolean,
    writable?: WritableStream<VideoFrame>,
  ): Promise<boolean> {
    return this.#connections.connect(readable, enabled, writable);
  }

  connectTrack(
    track: MediaStreamTrack,
    enabled: boolean,
    isNew: boolean,
  ): Promise<MediaStreamTrack | undefined> {
    return this.#connections.connectTrack(track, enabled, isNew);
  }

  async enable(enabled: boolean): Promise<void> {
    this.#connections.enable(enabled);
  }

  async takesTracks(): Promise<boolean> {
    return trackStreams() !== undefined;
  }

  async backend(): Promise<Backend> {
    return this.#supervisor.info.backend;
  }

  async configure(change: PipelineSetupChange, number: number): Promise<boolean> {
    const withdrawal = new AbortController();
    this.#changes.set(number, withdrawal);
    try {
      const { model, background, quality } = change;
      await this.#supervisor.configure(
        { ...(model && { model }), ...(background && { background }) },
        withdrawal.signal,
      );
      // No awaits from here on, so that no frame is processed between two of the changes.
      this.#matting = change.matting ?? this.#matting;
      const levelChange = quality && this.#controller.choose(quality, performance.now());
      if (levelChange) this.#applyLevel(levelChange);
      else this.#supervisor.setMatting(this.#activeMatting());
      this.#meter.restart();
      if (model) this.#matteUses = 0;
      if (background) {
        this.#backgroundFrames.clear();
        this.#lastOutput.clear();
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
    this.#lastOutput.clear();
  }

  async drop(): Promise<void> {
    this.#meter.drop();
    this.#dropped += 1;
  }

  async metrics(): Promise<Metrics> {
    return this.#metrics();
  }

  destroy(): Promise<void> {
    this.#destruction ??= this.#release();
    return this.#destruction;
  }

  async #release(): Promise<void> {
    this.#gate.shut();
    // Destroy before any await, so that frames in progress fail at once.
    const idle = this.#queue.then(() =>
      Promise.all([this.#secondLastFrame, this.#lastFrame, this.#maskCheck]),
    );
    const released = this.#supervisor.destroy(idle);
    await Promise.all([released, this.#connections.end()]);
    this.#backgroundFrames.clear();
    this.#lastOutput.clear();
  }

  get #destroyed(): boolean {
    return this.#destruction !== undefined;
  }

  async #next(queued: QueuedFrame): Promise<PipelineOutput> {
    this.#meter.arrive();
    const output = await this.#render(queued);
    const now = performance.now();
    this.#meter.leave(output.outcome, now);
    if (now - this.#lastReport >= REPORT_INTERVAL && !this.#destroyed) {
      this.#lastReport = now;
      if (this.#meter.on) {
        const report = { ...this.#metrics(), samples: this.#meter.takeSamples() };
        this.#client.notify({ kind: 'metrics', report });
      }
      this.#maskCheck = this.#checkMask();
    }
    return output;
  }

  async #render(queued: QueuedFrame): Promise<PipelineOutput> {
    const { size } = queued;
    if (this.#paused) return this.#placeholder(size);
    const { engine, fatalError } = this.#supervisor;
    const shown = this.#gate.beforeFrame(engine !== undefined);
    if (shown !== 'composite' || !engine) {
      const { wantsCamera } = this.#gate;
      if (fatalError && !wantsCamera) this.#report(fatalError);
      return this.#show(shown, queued, wantsCamera ? 'wanted' : 'failed');
    }
    try {
      return await this.#composite(engine, queued);
    } catch (cause) {
      if (!this.#destroyed) this.#fail(cause);
      return this.#show(this.#gate.afterFailure(), queued, 'failed');
    }
  }

  async #composite(
    engine: Engine,
    { frame, size, interval, video, submitted }: QueuedFrame,
  ): Promise<PipelineOutput> {
    const camera = readable(frame);
    const backgroundFrame = this.#backgroundFrames.take();
    this.#requestBackgroundFrame();
    const { generation } = this.#lastOutput;
    try {
      const { framesPerSegmentation, outputScale } = this.#controller.level;
      const load = this.#meter.load(size, () => this.#conditions());
      // On the CPU, a canvas that scales the frame would take longer than the rest of its processing.
      const { backend } = load.conditions.info;
      const scales = backend === 'cpu';
      const reuseMatte = this.#matteUses > 0 && this.#matteUses < framesPerSegmentation;
      const work = async () => {
        // The GPU has at most two frames at a time. More would only add latency.
        await this.#secondLastFrame;
        const started = performance.now();
        const clock = this.#meter.clock(load, reuseMatte, started);
        const source = scales ? camera : this.#downscaler.scale(camera, size, outputScale);
        const processed = await engine.process(source, {
          waitForGpu: clock === 'completed',
          timestamps: clock === 'gpu',
          image: backgroundFrame,
          reuseMatte,
          video,
          ...(scales && outputScale < 1 && scaleSize(size, outputScale)),
        });
        return { processed, started, clock };
      };
      const { processed, started, clock } = await withTimeout(
        work(),
        FRAME_TIMEOUT,
        `the engine has not responded for ${FRAME_TIMEOUT / 1000} seconds`,
        (late) => late.processed.image.close(),
      );
      const { image, width, height, segmented, number, cpu, completed, backgroundError } = processed;
      this.#matteUses = segmented ? 1 : this.#matteUses + 1;
      const open = this.#meter.record({ load, number, segmented, cpu, completed, submitted, started, clock });
      const slowed = this.#meter.slowed(clock);
      const { preprocess, inference, refine } = cpu;
      const segmentation = backend === 'webgpu' ? undefined : preprocess + inference + refine;
      this.#measure(engine, { open, started, size, interval, slowed, segmentation });
      // A video that was replaced meanwhile may already be closed.
      if (backgroundError && !this.#destroyed) this.#report(CycloramaError.from(backgroundError));
      this.#supervisor.recordSuccess();
      if (this.#gate.keepsLast && !Number.isNaN(this.#source)) {
        await this.#lastOutput.keep(image, generation);
      }
      return { image, width, height, outcome: 'processed', cpu, completed };
    } finally {
      backgroundFrame?.close();
    }
  }

  /**
   * Passes a frame's timings to meter and controller once the GPU has finished it. Does not block the next frame. The controller
   * ignores a frame that timing slowed down, and the frames dropped because of it.
   */
  #measure(engine: Engine, { open, started, size, interval, slowed, segmentation }: FrameInProgress): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#secondLastFrame = this.#lastFrame;
    this.#lastFrame = engine
      .completed()
      .then(() => {
        const now = performance.now();
        if (engine !== this.#supervisor.engine) {
          if (open) this.#meter.abandon(open);
          return;
        }
        if (open) this.#meter.finish(open, now, engine.gpuTimes());
        if (interval === undefined || slowed) return;
        const load = { busy: now - started, segmentation, interval, dropped, ...size, now };
        const change = this.#controller.frame(load);
        if (change) this.#applyLevel(change);
      })
      .catch((cause) => {
        if (engine !== this.#supervisor.engine) return;
        // GPU errors surface again on the next frame. A WebAssembly crash corrupts memory, so handle it now.
        if (CycloramaError.from(cause).code === 'internal')
          this.#report(this.#supervisor.recordFailure(cause));
      });
  }

  /** Lets the first camera select the quality level. Until then, single frames of unknown rate have the best one. */
  #beginCamera(): void {
    this.#hasCamera = true;
    this.#controller.begin(isEmulated(this.#supervisor.info));
    this.#supervisor.setMatting(this.#activeMatting());
    this.#meter.restart();
  }

  #applyLevel({ from, to, kind, reason }: QualityChange): void {
    this.#meter.restart();
    this.#supervisor.setMatting(this.#activeMatting());
    this.#client.notify({ kind: 'quality', change: { from, to, kind, reason } });
  }

  /** The matting options with the refinement of the current quality level. */
  #activeMatting(): Matting {
    return { ...this.#matting, refinement: this.#controller.level.refinement };
  }

  async #show(
    shown: ShownFrame,
    { frame, size }: QueuedFrame,
    reason: 'wanted' | 'failed',
  ): Promise<PipelineOutput> {
    try {
      const { image: last } = this.#lastOutput;
      if (shown === 'raw') {
        const image = await createImageBitmap(readable(frame));
        if (this.#gate.stillRaw(reason)) {
          return { image, width: image.width, height: image.height, outcome: 'raw' };
        }
        image.close();
      } else if (shown === 'frozen' && last) {
        const image = await createImageBitmap(last);
        return { image, width: image.width, height: image.height, outcome: 'frozen' };
      }
    } catch (cause) {
      this.#fail(new CycloramaError('frame', 'the frame could not be read', { cause }));
    }
    return this.#placeholder(size);
  }

  #placeholder({ width, height }: Size): PipelineOutput {
    return { image: this.#placeholderImage(width, height), width, height, outcome: 'hidden' };
  }

  #placeholderImage(width: number, height: number): ImageBitmap {
    const { engine, background } = this.#supervisor;
    try {
      if (engine && !engine.lostReason()) return engine.hide(width, height);
    } catch (cause) {
      this.#supervisor.recordFailure(cause);
    }
    return placeholderImage(width, height, background);
  }

  async #processStreamFrame(
    frame: VideoFrame,
    interval: number | undefined,
    source: number,
  ): Promise<MadeFrame | undefined> {
    if (this.#paused) return undefined;
    const { displayWidth: width, displayHeight: height } = frame;
    const { image } = await this.process(frame, { width, height }, interval, source, true);
    return { image, hasAlpha: this.#supervisor.background.kind === 'transparent' };
  }

  #requestBackgroundFrame(): void {
    const { background } = this.#supervisor;
    if (background.kind !== 'video') return;
    this.#backgroundFrames.request(() => background === this.#supervisor.background && !this.#destroyed);
  }

  /** Reports a mask that the engine rejected as implausible. The readback is asynchronous, so frames do not wait for it. */
  async #checkMask(): Promise<void> {
    const { engine } = this.#supervisor;
    try {
      const fault = await engine?.maskStatus();
      if (fault && engine === this.#supervisor.engine) this.#report(new CycloramaError('mask', fault));
    } catch {
      // The engine has failed or was destroyed. Frames report that.
    }
  }

  #conditions(): Conditions {
    const { level, position } = this.#controller;
    return { info: this.#supervisor.info, level, number: position };
  }

  #metrics(): Metrics {
    return this.#meter.report(this.#conditions(), this.#memory());
  }

  #memory(): Memory {
    const { wasm, model } = this.#supervisor.memory ?? {};
    // A non-standard property, which only pages in Chromium have.
    const { memory } = performance as Performance & { memory?: { usedJSHeapSize: number } };
    return { wasm, model, heap: memory?.usedJSHeapSize };
  }

  #fail(cause: unknown): void {
    const error = this.#supervisor.recordFailure(cause);
    this.#meter.fail();
    this.#report(error);
  }

  #report(error: CycloramaError): void {
    if (!this.#errors.shouldReport(error, performance.now())) return;
    this.#client.notify({ kind: 'error', code: error.code, message: error.message });
  }
}
