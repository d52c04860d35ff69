import { type Model, resolveAssetBase } from '../shared/assets.js';
import type { Effect } from '../shared/effect.js';
import type { PowerPreference, Precision } from '../shared/engine-types.js';
import type { MattingOptions } from '../shared/matting.js';
import { TIMINGS, type Timing } from '../shared/metrics.js';
import { isAbortSignal } from '../shared/platform-objects.js';
import type { OnFailure } from '../shared/protocol.js';
import type { QualityOptions } from '../shared/quality.js';
import { BACKEND_CHOICES, type BackendChoice } from '../shared/thread-support.js';
import { checkChoice, checkFlag, invalid, isRecord, take } from '../shared/validation.js';
import {
  applyChange,
  type Configuration,
  checkChange,
  DEFAULT_CONFIGURATION,
  type Resolved,
  resolve,
} from './configuration.js';
import { type BackgroundLogger, checkLogger } from './logging.js';

/** How a background is made; every option has a default. */
export interface VirtualBackgroundOptions extends MattingOptions, QualityOptions {
  /**
   * What is shown where the person is not.
   *
   * @default { kind: 'blur', strength: 'medium' }
   * @example { kind: 'image', source: '/beach.jpg', fit: 'cover' }
   */
  effect?: Effect;

  /**
   * The network that tells the person from the background: by name, by address or as bytes. The package carries
   * `selfie_segmentation_landscape` and `selfie_segmentation`.
   *
   * @default 'selfie_segmentation_landscape'
   * @example new URL('/models/segm_full_v679.tflite', location.href)
   */
  model?: Model;

  /**
   * A directory of yours with `wasm/cyclorama_web_bg.wasm` and `models/<name>.tflite`, for a build that does not
   * carry the package's files along. It counts for the wasm module only the first time, as a page loads that once.
   *
   * @default the package's own files
   * @example '/assets/cyclorama/'
   */
  assetBase?: string | URL;

  /**
   * What a frame shows when something fails: `hide` shows the chosen background alone, or a picture in which nobody
   * can be recognised; `freeze` shows the last picture that was made, which costs a copy of each; `passthrough`
   * **shows the camera as it is**.
   *
   * @default 'hide'
   * @example 'freeze'
   */
  onFailure?: OnFailure;

  /**
   * What the frames run on: `webgpu` is the quickest, `webgl` has the network on the processor and the effects on WebGL2,
   * `auto` takes the best that there is and goes down when that fails for good.
   *
   * @default 'auto'
   * @example 'webgl'
   */
  backend?: BackendChoice;

  /**
   * Selects the thread that makes the frames: a worker (`true`) or the page (`false`). On the page, frames and the page's own
   * work wait for each other. By default `create` uses a worker, and the page with a warning in the log where workers
   * can run no backend.
   *
   * @default a worker, or the page where workers can run no backend
   * @example false
   */
  worker?: boolean;

  /**
   * How stages are timed. The thread's time is always taken, except with `off`; the GPU's
   * - with `auto` by timestamps of one frame in seven where the GPU has them, which nobody waits for; elsewhere about one
   *   frame a second is waited for after each stage;
   * - with `every` as with `auto`, but by timestamps of every frame: for benchmarks, as it costs a little more;
   * - with `completed` by waiting for every frame after each stage, which costs frames per second;
   * - with `off` not at all: `metrics()` has no stages, there are no `metrics` events and no entries for profilers.
   *
   * @default 'auto'
   * @example 'off'
   */
  timing?: Timing;

  /**
   * With how many bits the network's weights are stored on the GPU: `auto` takes 16 where the adapter can (`shader-f16`)
   * and none of the network's values loses by it, `f32` always 32.
   *
   * @default 'auto'
   * @example 'f32'
   */
  precision?: Precision;

  /**
   * Selects the GPU on machines with several. `high-performance` asks for the faster one, `low-power` for the one that saves battery.
   * Browsers treat it as a hint.
   *
   * @default 'high-performance'
   * @example 'low-power'
   */
  powerPreference?: PowerPreference;

  /**
   * Receives log messages: errors, restarts of the worker or the GPU, and changes of the options. `console` is a valid logger.
   *
   * @default none
   * @example console
   */
  logger?: BackgroundLogger;

  /**
   * Gives up: `create` then rejects with the signal's reason and leaves nothing behind.
   *
   * @default none
   * @example AbortSignal.timeout(10_000)
   */
  signal?: AbortSignal;
}

/** Options, checked and completed. */
export interface Settings {
  /** What can change later. */
  readonly configuration: Configuration;
  /** What that comes to. */
  readonly resolved: Resolved;
  readonly assetBase: URL | undefined;
  readonly onFailure: OnFailure;
  readonly backend: BackendChoice;
  /** `undefined` for a worker, and the page where workers can run no backend. */
  readonly worker: boolean | undefined;
  readonly timing: Timing;
  readonly precision: Precision;
  readonly powerPreference: PowerPreference;
  readonly logger: BackgroundLogger | undefined;
  readonly signal: AbortSignal | undefined;
}

const OPTIONS = [
  'assetBase',
  'onFailure',
  'backend',
  'worker',
  'timing',
  'precision',
  'powerPreference',
  'logger',
  'signal',
] as const satisfies readonly (keyof VirtualBackgroundOptions)[];

/** @throws {CycloramaError} `option`, naming the option and what it may be */
export function checkOptions(options: VirtualBackgroundOptions): Settings {
  const given: unknown = options;
  if (!isRecord(given)) throw invalid('options', given, 'an object');
  const {
    assetBase,
    onFailure = 'hide',
    backend = 'auto',
    worker,
    timing = 'auto',
    precision = 'auto',
    powerPreference = 'high-performance',
    logger,
    signal,
  } = take(options, OPTIONS);
  const configuration = applyChange(DEFAULT_CONFIGURATION, checkChange(options));
  const resolved = resolve(configuration);
  checkChoice('onFailure', onFailure, ['hide', 'freeze', 'passthrough']);
  checkChoice('backend', backend, BACKEND_CHOICES);
  if (worker !== undefined) checkFlag('worker', worker);
  checkChoice('timing', timing, TIMINGS);
  checkChoice('precision', precision, ['auto', 'f32']);
  checkChoice('powerPreference', powerPreference, ['high-performance', 'low-power']);
  if (logger !== undefined) checkLogger(logger);
  checkSignal(signal);
  return {
    configuration,
    resolved,
    assetBase: resolveAssetBase(assetBase),
    onFailure,
    backend,
    worker,
    timing,
    precision,
    powerPreference,
    logger,
    signal,
  };
}

/** @throws {CycloramaError} `option` where `signal` is neither absent nor an `AbortSignal` */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal !== undefined && !isAbortSignal(signal)) throw invalid('signal', signal, 'an AbortSignal');
}
