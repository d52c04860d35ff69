import { transfer } from 'comlink';
import type { FrameSource } from '../shared/engine-types.js';
import { CycloramaError } from '../shared/errors.js';
import { frameSize, type OutputFrame, type PipelineOutput, type Size } from '../shared/frame.js';
import { FrameRateEstimator } from '../shared/frame-rate-estimator.js';
import { createTransform } from '../shared/frame-stream.js';
import { placeholderImage } from '../shared/placeholder.js';
import type { SubmittedFrame } from '../shared/protocol.js';
import { thrown } from '../shared/validation.js';
import type { BackgroundState } from './background-state.js';
import { mayShowCamera } from './display-policy.js';
import { toTransferable } from './transferable-frame.js';
import type { WorkerService } from './worker-service.js';

/** Submits frames to the pipeline in order, and returns only images that may be shown. */
export class FramePath {
  readonly #service: WorkerService;
  readonly #state: BackgroundState;
  readonly #report: (error: CycloramaError) => void;
  /** Settles when the last frame was submitted. Never rejects. */
  #submitted: Promise<unknown> = Promise.resolve();
  #sources = 0;

  /** @param report receives the errors of frames */
  constructor(service: WorkerService, state: BackgroundState, report: (error: CycloramaError) => void) {
    this.#service = service;
    this.#state = state;
    this.#report = report;
  }

  /** Returns an identifier for the frames of a new camera or stream. Mattes are not reused across identifiers. */
  newSource(): number {
    this.#sources += 1;
    return this.#sources;
  }

  /**
   * Processes one frame. Failures produce a placeholder frame and are reported.
   *
   * @param interval milliseconds between two frames of the camera, if known
   * @throws {CycloramaError} `frame` if the frame has no size
   */
  process(frame: FrameSource, interval: number | undefined, source: number): Promise<OutputFrame> {
    return this.#process(frame, interval, source, false) as Promise<OutputFrame>;
  }

  /** {@link process} for a track or stream. The image may be a `VideoFrame`. */
  processForTrack(frame: FrameSource, interval: number | undefined, source: number): Promise<PipelineOutput> {
    return this.#process(frame, interval, source, true);
  }

  async #process(
    frame: FrameSource,
    interval: number | undefined,
    source: number,
    video: boolean,
  ): Promise<PipelineOutput> {
    const size = frameSize(frame);
    const { host } = this.#service;
    if (this.#service.closed || !host) return this.#placeholder(size);
    const submitting = this.#submitted.then(async () => {
      const submitted = this.#service.inWorker ? await toSubmitted(frame) : frame;
      const close = () => this.#service.inWorker && 'close' in submitted && submitted.close();
      if (host !== this.#service.host) {
        close();
        return undefined;
      }
      try {
        // Not awaited, so that the next frame can be submitted meanwhile.
        return { output: host.pipeline.process(submitted, size, interval, source, video) };
      } catch (cause) {
        // The worker was closed meanwhile, so the copy was not transferred.
        close();
        throw cause;
      }
    });
    this.#submitted = submitting.catch(() => {});
    try {
      const sent = await submitting;
      if (!sent) return this.#placeholder(size);
      const output = await host.guard(sent.output);
      if (output.outcome !== 'raw' || this.#mayShowCamera()) return output;
      // Another effect was requested while the frame was processed.
      output.image.close();
      return this.#placeholder(size);
    } catch (cause) {
      if (!this.#service.closed) this.#report(CycloramaError.from(cause));
      return this.#placeholder(size);
    }
  }

  /** Creates a stream that processes the frames written to it. */
  transform(): ReadableWritablePair<VideoFrame, VideoFrame> {
    const frameRate = new FrameRateEstimator();
    const source = this.newSource();
    const { stream } = createTransform({
      make: async (frame) => {
        if (this.#state.setup.paused) return undefined;
        const { image } = await this.processForTrack(frame, frameRate.interval, source);
        return { image, hasAlpha: this.#state.setup.background.kind === 'transparent' };
      },
      arrive: ({ timestamp }) => frameRate.arrive(timestamp),
      drop: () => this.drop(),
    });
    return stream;
  }

  /** Counts a dropped frame. */
  drop(): void {
    if (!this.#service.closed) this.#service.host?.pipeline.drop().catch(() => {});
  }

  #mayShowCamera(): boolean {
    return !this.#service.closed && mayShowCamera(this.#state.setup);
  }

  #placeholder({ width, height }: Size): OutputFrame {
    const image = placeholderImage(width, height, this.#state.setup.background);
    return { image, width, height, outcome: 'hidden' };
  }
}

/** Returns a transferable copy of a frame, or why the frame cannot be read. */
async function toSubmitted(frame: FrameSource): Promise<SubmittedFrame> {
  try {
    const copy = await toTransferable(frame);
    return transfer(copy, [copy]);
  } catch (cause) {
    return { unreadable: `the frame could not be read: ${thrown(cause)}` };
  }
}
