import type { Background, BackgroundFrame } from './background.js';
import type { FrameSource, PowerPreference, Precision } from './engine-types.js';
import type { CycloramaErrorCode } from './errors.js';
import type { OutputFrame, Size } from './frame.js';
import type { Matting } from './matting.js';
import type { Metrics, MetricsReport, Timing } from './metrics.js';
import type { PhotoService, PhotoSetup } from './photo.js';
import type { Quality, QualityChange } from './quality.js';
import type { Backend, BackendChoice, ThreadSupport } from './thread-support.js';

/** What is shown of a frame that something fails for. */
export type OnFailure = 'hide' | 'freeze' | 'passthrough';

/** What a caller wants behind the person: a background, the camera as it is, or nothing yet. */
export type DisplayState = 'background' | 'camera' | 'nothing';

/** All that a {@link PipelineService} is made of, so that another can be made in its place. */
export interface PipelineSetup {
  /** Which of the backends to try that exist where the frames are made. */
  readonly choice: BackendChoice;
  /** The bytes of the network's `.tflite` file. */
  readonly model: Uint8Array;
  readonly background: Background;
  readonly display: DisplayState;
  readonly paused: boolean;
  readonly matting: Matting;
  /** The network of its levels is none of its business: that is `model`. */
  readonly quality: Quality;
  readonly onFailure: OnFailure;
  readonly timing: Timing;
  readonly precision: Precision;
  readonly powerPreference: PowerPreference;
  /** The address of the directory with the wasm modules, if it is not the package's own. */
  readonly assetBase: string | undefined;
}

/** What of a {@link PipelineSetup} is changed together, or not at all. */
export type PipelineSetupChange = Partial<
  Pick<PipelineSetup, 'model' | 'background' | 'matting' | 'quality'>
>;

/** Something that happened pipeline. */
export type PipelineEvent =
  | { readonly kind: 'metrics'; readonly report: MetricsReport }
  | { readonly kind: 'error'; readonly code: CycloramaErrorCode; readonly message: string }
  | { readonly kind: 'recovered'; readonly backend: Backend }
  | { readonly kind: 'quality'; readonly change: QualityChange };

/** The page, as it is seen from pipeline. */
export interface PipelineClient {
  notify(event: PipelineEvent): void;
  /** The newest picture of the background's video, where it changed since the last call or `again` is asked for. */
  backgroundFrame(again: boolean): Promise<BackgroundFrame | undefined>;
}

/** A frame that can go to another thread, or why there is none. */
export type SubmittedFrame = FrameSource | { readonly unreadable: string };

/**
 * Where frames are made: on the page or in a worker, which this hides. Calls are carried out in their order; each
 * rejects with a {@link CycloramaError}.
 */
export interface PipelineService {
  /**
   * Never rejects for what fails pipeline: that is hidden, counted and told. `interval` is the time between two frames of
   * the camera, in milliseconds, where it is known; `source` tells cameras apart, as no frame may be shown under the matte of
   * another one's.
   */
  process(frame: SubmittedFrame, size: Size, interval?: number, source?: number): Promise<OutputFrame>;
  /**
   * Makes frames of `readable` go to `writable` with the effect, or into the last one where that is left out, in place
   * of those that went there before. Black goes there in their place unless their camera is `enabled`. Resolves with `true` when
   * all is at an end, `false` when another has taken its place.
   */
  connect(
    readable: ReadableStream<VideoFrame>,
    enabled: boolean,
    writable?: WritableStream<VideoFrame>,
  ): Promise<boolean>;
  /** As `connect`, where only workers can take a track apart; gives the new track if it is to be one. */
  connectTrack(
    track: MediaStreamTrack,
    enabled: boolean,
    isNew: boolean,
  ): Promise<MediaStreamTrack | undefined>;
  /** The camera that was connected last is switched on or off. */
  enable(enabled: boolean): Promise<void>;
  /** Whether {@link connectTrack} works here. */
  takesTracks(): Promise<boolean>;
  /** What frames run on. */
  backend(): Promise<Backend>;
  /**
   * Puts a change in force, all of it or nothing, after the changes before it. Takes the background's picture over. `number` is the
   * caller's name for it. Resolves with `true` once it is in force, and with `false` where it was withdrawn before.
   */
  configure(change: PipelineSetupChange, number: number): Promise<boolean>;
  /** Gives up a change that is not in force yet. */
  withdraw(number: number): Promise<void>;
  /** Counts at once. */
  setDisplay(display: DisplayState): Promise<void>;
  /** Counts at once. */
  pause(paused: boolean): Promise<void>;
  /** A frame of a stream that nothing was made of. */
  drop(): Promise<void>;
  metrics(): Promise<Metrics>;
  /** Resolves when all is released. */
  destroy(): Promise<void>;
}

/** What the page calls: `support`, or else `hold` and then `open` or `openStills`, once. */
export interface WorkerApi {
  /** Resolves when the worker holds the lock, by whose release the page sees its end. */
  hold(lock: string): Promise<void>;
  /** What runs in this worker. */
  support(choice: BackendChoice): Promise<ThreadSupport>;
  open(setup: PipelineSetup, client: PipelineClient): Promise<PipelineService>;
  openStills(setup: PhotoSetup): Promise<PhotoService>;
}
