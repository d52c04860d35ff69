import { abortable } from '../../shared/abortable.js';
import type { EngineImage, FrameSource } from '../../shared/engine-types.js';
import { CycloramaError } from '../../shared/errors.js';
import type { PipelineService } from '../../shared/protocol.js';
import type { FramePath } from '../frame-path.js';
import type { WorkerService } from '../worker-service.js';
import { checkTrack } from './check-track.js';
import { type ProcessedTrack, processTrack } from './process-track.js';

/** The parts of a background that its {@link OutputTrack} uses. */
export interface OutputTrackOwner {
  readonly paused: boolean;
  /** Receives log messages about degraded operation. */
  warn(message: string): void;
}

/**
 * The one processed track of a background. It stays the same across cameras and is replaced if it ends with
 * its worker.
 */
export class OutputTrack {
  readonly #service: WorkerService;
  readonly #frames: FramePath;
  readonly #owner: OutputTrackOwner;
  /** Settles when the last call has its track or has failed. Never rejects. */
  #calls: Promise<unknown> = Promise.resolve();
  #track: ProcessedTrack | undefined;
  /** The track that ended with its worker, and whether the app had it enabled. */
  #lost: { readonly wasEnabled: boolean } | undefined;
  #camera: MediaStreamTrack | undefined;
  /** The camera's frames per second, if known. */
  #frameRate: number | undefined;
  /** Identifies the camera's frames. */
  #source = 0;

  constructor(service: WorkerService, frames: FramePath, owner: OutputTrackOwner) {
    this.#service = service;
    this.#frames = frames;
    this.#owner = owner;
  }

  /**
   * Processes a camera's track, after all earlier calls.
   *
   * @returns the live processed track, which now shows `camera`, or a new one
   */
  process(camera: MediaStreamTrack, signal: AbortSignal | undefined): Promise<MediaStreamTrack> {
    const call = this.#calls.then(() =>
      this.#service.call((pipeline) => this.#process(camera, pipeline, signal), signal),
    );
    this.#calls = call.catch(() => {});
    return abortable(call, signal);
  }

  /** Handles the loss of the worker: ends the track if it depends on that worker. */
  loseWorker(): void {
    const track = this.#track;
    if (track?.output.readyState !== 'live') return;
    const { isEnabled: wasEnabled } = track;
    track.loseWorker();
    if ((track.output.readyState as string) === 'ended') this.#lost = { wasEnabled };
  }

  /**
   * Replaces the lost track, once another worker runs.
   *
   * @returns the new track, or `undefined` if no track was lost or its camera has ended
   */
  replace(): Promise<MediaStreamTrack | undefined> {
    const call = this.#calls.then(async () => {
      const camera = this.#camera;
      // A call that waited for this worker may have replaced the track already, perhaps with another
      // camera's.
      if (!this.#lost || camera?.readyState !== 'live') return undefined;
      return this.#service.call((pipeline) => this.#process(camera, pipeline, undefined));
    });
    this.#calls = call.catch(() => {});
    return call;
  }

  end(): void {
    this.#track?.end();
  }

  async #process(
    camera: MediaStreamTrack,
    pipeline: PipelineService,
    signal: AbortSignal | undefined,
  ): Promise<MediaStreamTrack> {
    signal?.throwIfAborted();
    // The camera may have ended while the call waited.
    checkTrack(camera);
    // The track ends with its camera, but the camera's event may still be pending.
    if (this.#camera?.readyState === 'ended') this.#track?.end();
    if (this.#track?.output.readyState === 'live') {
      await this.#track.take(camera, signal);
      this.#use(camera);
      return this.#track.output;
    }
    const service = this.#service;
    const producer = {
      get prefersVideoFrames() {
        return service.backend === 'cpu';
      },
      make: (frame: FrameSource) => this.#draw(frame),
      drop: () => this.#frames.drop(),
      warn: (message: string) => this.#owner.warn(message),
    };
    const processed = await processTrack(camera, pipeline, producer, signal);
    this.#track = processed;
    this.#use(camera);
    if (this.#service.closed) {
      processed.end();
      throw new CycloramaError('destroyed', 'the background was destroyed');
    }
    if (this.#lost?.wasEnabled === false) processed.output.enabled = false;
    this.#lost = undefined;
    return processed.output;
  }

  #use(camera: MediaStreamTrack): void {
    this.#camera = camera;
    this.#frameRate = camera.getSettings().frameRate;
    this.#source = this.#frames.newSource();
  }

  async #draw(frame: FrameSource): Promise<EngineImage | undefined> {
    if (this.#owner.paused) return undefined;
    const interval = this.#frameRate && 1000 / this.#frameRate;
    return (await this.#frames.processForTrack(frame, interval, this.#source)).image;
  }
}
