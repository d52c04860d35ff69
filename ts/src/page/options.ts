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

/** Options of a virtual background. Every option has a default. */
export interface VirtualBackgroundOptions extends MattingOptions, QualityOptions {
  /**
   * Selects the effect, which is shown behind the person.
   *
   * @default { kind: 'blur', strength: 'medium' }
   * @example { kind: 'image', source: '/beach.jpg', fit: 'cover' }
   */
  effect?: Effect;

  /**
   * Selects the segmentation model: a name, a URL, a file with its checksum, or the file's bytes. Only
   * `landscape` and `general`, with their file names, come with the package. The names `meet-…` and `segm_…`
   * reject with `asset` unless you serve these files yourself and set `assetBase`.
   *
   * @default 'selfie_segmentation_landscape'
   * @example new URL('/models/segm_full_v679.tflite', location.href)
   */
  model?: Model;

  /**
   * Sets the directory of the package's files on your server. It contains `wasm/` and `models/` of the
   * package, plus the models that you add as `models/<name>.tflite`. Set it if your bundler does not copy the
   * package's files. A page loads the WebAssembly module once, so later calls reuse the first one's.
   *
   * @default the package's own files
   * @example '/assets/cyclorama/'
   */
  assetBase?: string | URL;

  /**
   * Selects what a frame shows on failure. `hide` (default) shows the background alone, or a dark image if
   * the effect has no background of its own. `freeze` shows the last processed frame, at the cost of one copy
   * per frame. `passthrough` **shows the camera unchanged**.
   *
   * @default 'hide'
   * @example 'freeze'
   */
  onFailure?: OnFailure;

  /**
   * Selects the backend. `auto` (default) uses the fastest one: `webgpu` or `webgl` on a GPU, or else `cpu`.
   * `webgl` runs the model on the CPU (WebAssembly) and the effects on WebGL2. `cpu` runs everything on the
   * CPU. If a GPU is slow, `auto` measures every backend and remembers the fastest one until the tab is closed.
   * Select `webgpu` or `webgl` by name to use a GPU that the browser emulates on the CPU.
   *
   * @default 'auto'
   * @example 'webgl'
   */
  backend?: BackendChoice;

  /**
   * Selects the thread: a Web Worker (`true`) or the page (`false`). By default `create` uses a worker, or
   * the page if workers support no backend, which `logger` receives as a warning. On the page, processing and
   * the page's own work block each other.
   *
   * @default a worker, or the page if workers support no backend
   * @example false
   */
  worker?: boolean;

  /**
   * Selects how stages are timed. All values but `off` measure the thread's time. They differ in how they
   * measure the GPU's:
   * - `auto` (default) reads non-blocking timestamps of every 7th frame. On GPUs without timestamps it waits
   *   after each stage of about one frame per second.
   * - `every` reads timestamps of every frame. Use it for benchmarks, as it costs a little more.
   * - `completed` waits after each stage of every frame, which lowers the frame rate.
   * - `off` measures nothing: `metrics()` has no stages, and there are no `metrics` events and no profiler
   *   entries.
   *
   * @default 'auto'
   * @example 'off'
   */
  timing?: Timing;

  /**
   * Selects the precision of the model's weights on the GPU. `auto` (default) uses float16 if the GPU
   * supports it (`shader-f16`) and no weight changes by it. Otherwise it uses float32, as `f32` always does.
   *
   * @default 'auto'
   * @example 'f32'
   */
  precision?: Precision;

  /**
   * Selects the GPU on machines with several. `high-performance` (default) requests the faster one,
   * `low-power` the one that saves battery. Browsers treat it as a hint.
   *
   * @default 'high-performance'
   * @example 'low-power'
   */
  powerPreference?: PowerPreference;

  /**
   * Receives log messages: errors, restarts of the worker or the GPU, and changes of the options. `console`
   * is a valid logger.
   *
   * @default none
   * @example console
   */
  logger?: BackgroundLogger;

  /**
   * Aborts `create`. The promise rejects with the signal's reason, and all resources are released.
   *
   * @default none
   * @example AbortSignal.timeout(10_000)
   */
  signal?: AbortSignal;
}

/** Valid and complete options. */
export interface Settings {
  /** The options that can change later. */
  readonly configuration: Configuration;
  /** The settings that follow from `configuration`. */
  readonly resolved: Resolved;
  readonly assetBase: URL | undefined;
  readonly onFailure: OnFailure;
  readonly backend: BackendChoice;
  /** `undefined` for a worker, or the page if workers support no backend. */
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

/** @throws {CycloramaError} `option`, naming the option and its valid values */
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

/** @throws {CycloramaError} `option` if `signal` is neither `undefined` nor an `AbortSignal` */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal !== undefined && !isAbortSignal(signal)) throw invalid('signal', signal, 'an AbortSignal');
}
