import type { Background, BackgroundFrame } from './background.js';
import type { FrameSource, PowerPreference, Precision } from './engine-types.js';
import type { CycloramaErrorCode } from './errors.js';
import type { PipelineOutput, Size } from './frame.js';
import type { Matting } from './matting.js';
import type { Metrics, MetricsReport, Timing } from './metrics.js';
import type { PhotoService, PhotoSetup } from './photo.js';
import type { Quality, QualityChange } from './quality.js';
import type { Backend, BackendChoice, ThreadSupport } from './thread-support.js';

/** The output for a frame whose processing fails. */
export type OnFailure = 'hide' | 'freeze' | 'passthrough';

/** The requested output: a virtual background, the raw camera, or neither (then all frames are placeholder frames). */
export type DisplayState = 'background' | 'camera' | 'nothing';

/** The complete configuration of a {@link PipelineService}, from which another one can be created. */
export interface PipelineSetup {
  /** The backends to try. Those that the thread does not support are skipped. */
  readonly choice: BackendChoice;
  /** The fastest backend by an earlier measurement. Without it, the pipeline measures the backends that `auto` allows. */
  readonly fastest?: Backend | undefined;
  /** The bytes of the model's `.tflite` file. */
  readonly model: Uint8Array;
  readonly background: Background;
  readonly display: DisplayState;
  readonly paused: boolean;
  readonly matting: Matting;
  /** The pipeline ignores the `model` of the levels, because it receives the model's bytes. */
  readonly quality: Quality;
  readonly onFailure: OnFailure;
  readonly timing: Timing;
  readonly precision: Precision;
  readonly powerPreference: PowerPreference;
  /** URL of the directory with the WebAssembly modules, if not the package's own. */
  readonly assetBase: string | undefined;
}

/** The parts of a {@link PipelineSetup} that change atomically. */
export type PipelineSetupChange = Partial<
  Pick<PipelineSetup, 'model' | 'background' | 'matting' | 'quality'>
>;

/** An event of the pipeline. */
export type PipelineEvent =
  | { readonly kind: 'metrics'; readonly report: MetricsReport }
  | { readonly kind: 'error'; readonly code: CycloramaErrorCode; readonly message: string }
  | { readonly kind: 'recovered'; readonly backend: Backend }
  | { readonly kind: 'measured'; readonly fastest: Backend }
  | { readonly kind: 'quality'; readonly change: QualityChange };

/** The pipeline's interface to the page. */
export interface PipelineClient {
  notify(event: PipelineEvent): void;
  /** Returns the current frame of the background video, if it changed since the last call or `again` is set. */
  backgroundFrame(again: boolean): Promise<BackgroundFrame | undefined>;
}

/** A frame that can be sent to another thread, or the reason why it cannot be read. */
export type SubmittedFrame = FrameSource | { readonly unreadable: string };

/**
 * Processes frames, on the page or in a worker. Executes calls in order. A call that fails rejects with a {@link CycloramaError}.
 */
export interface PipelineService {
  /**
   * Processes a frame. Does not reject if processing fails: the output is then chosen by `onFailure`, and the failure is counted and
   * reported.
   *
   * @param interval time between two frames of the camera, in milliseconds, if known
   * @param source identifies the camera, because a matte must not be reused for another camera; NaN for no camera
   * @param video whether the image may be a `VideoFrame`; otherwise it is an `ImageBitmap`
   */
  process(
    frame: SubmittedFrame,
    size: Size,
    interval?: number,
    source?: number,
    video?: boolean,
  ): Promise<PipelineOutput>;
  /**
   * Processes the frames of `readable`, in place of those of the previous stream.
   *
   * @param enabled whether the camera is enabled; otherwise the output is black
   * @param writable receives the output; the previous one if left out
   * @returns `true` when the streams have ended, `false` when another camera has replaced this one
   */
  connect(
    readable: ReadableStream<VideoFrame>,
    enabled: boolean,
    writable?: WritableStream<VideoFrame>,
  ): Promise<boolean>;
  /** As `connect`, for browsers in which only workers can read the frames of a track. Returns the output track if `isNew` is set. */
  connectTrack(
    track: MediaStreamTrack,
    enabled: boolean,
    isNew: boolean,
  ): Promise<MediaStreamTrack | undefined>;
  /** Enables or disables the connected camera. */
  enable(enabled: boolean): Promise<void>;
  /** Whether this thread supports {@link connectTrack}. */
  takesTracks(): Promise<boolean>;
  /** The backend in use. */
  backend(): Promise<Backend>;
  /**
   * Applies a change atomically, after all previous changes. Takes ownership of the background's image.
   *
   * @param number identifies the change for {@link withdraw}
   * @returns `true` once the change has taken effect, `false` if it was withdrawn before
   */
  configure(change: PipelineSetupChange, number: number): Promise<boolean>;
  /** Cancels a change that has not taken effect. */
  withdraw(number: number): Promise<void>;
  /** Sets the requested output, with immediate effect. */
  setDisplay(display: DisplayState): Promise<void>;
  /** Pauses or resumes processing, with immediate effect. */
  pause(paused: boolean): Promise<void>;
  /** Counts a dropped frame of a stream. */
  drop(): Promise<void>;
  metrics(): Promise<Metrics>;
  /** Resolves when all resources are released. */
  destroy(): Promise<void>;
}

/** The API of the worker. The page calls either `support`, or `hold` and then `open` or `openStills` once. */
export interface WorkerApi {
  /** Resolves when the worker holds the lock. Its release notifies the page that the worker has ended. */
  hold(lock: string): Promise<void>;
  /** The backends and track APIs that this worker supports. */
  support(choice: BackendChoice): Promise<ThreadSupport>;
  open(setup: PipelineSetup, client: PipelineClient): Promise<PipelineService>;
  openStills(setup: PhotoSetup): Promise<PhotoService>;
}
