import { checkModel, type Model, resolveAssetBase } from '../../shared/assets.js';
import {
  type BlurEffect,
  type CheckedEffect,
  type ColorEffect,
  checkEffect,
  type ImageEffect,
  type TransparentEffect,
} from '../../shared/effect.js';
import type { Precision } from '../../shared/engine-types.js';
import { REFINEMENTS, type Refinement } from '../../shared/matting.js';
import type { Detail, StillOutput } from '../../shared/photo.js';
import { BACKEND_CHOICES, type BackendChoice } from '../../shared/thread-support.js';
import { checkChoice, checkFlag, guard, invalid, oneOf, takeOptions } from '../../shared/validation.js';
import { checkSignal } from '../options.js';

/**
 * A photo. A URL is fetched, so a cross-origin server must allow it by CORS. The caller still owns all other
 * sources, and may change or close them once the promise has settled.
 */
export type StillSource =
  | string
  | URL
  | Blob
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageBitmap
  | ImageData
  | VideoFrame;

/** The effects of a composite. */
export type StillEffect = BlurEffect | ImageEffect | ColorEffect | TransparentEffect;

/** Options of a segmenter for photos. Every option has a default. */
export interface ImageSegmenterOptions {
  /**
   * Selects the segmentation model: a name, a URL, a file with its checksum, or the file's bytes. Only
   * `landscape` and `general`, with their file names, come with the package. Other names reject with `asset`
   * unless you set `assetBase`.
   *
   * @default 'selfie_segmentation_landscape'
   * @example 'selfie_segmentation'
   */
  model?: Model;

  /**
   * Selects the edge refinement: how the small mask is upsampled to the photo. See
   * {@link MattingOptions.refinement}.
   *
   * @default 'guided'
   * @example 'none'
   */
  refinement?: Refinement;

  /**
   * Sets the directory of the package's files on your server. See {@link VirtualBackgroundOptions.assetBase}.
   *
   * @default the package's own files
   * @example '/assets/cyclorama/'
   */
  assetBase?: string | URL;

  /**
   * Selects the backend. See {@link VirtualBackgroundOptions.backend}.
   *
   * @default 'auto'
   * @example 'webgl'
   */
  backend?: BackendChoice;

  /**
   * Selects the thread: a Web Worker (`true`) or the page (`false`). By default a worker is used, or the page
   * if workers support no backend. On the page, segmentation blocks the page's own work.
   *
   * @default a worker, or the page if workers support no backend
   * @example false
   */
  worker?: boolean;

  /**
   * Selects the precision of the model's weights on the GPU. See {@link VirtualBackgroundOptions.precision}.
   *
   * @default 'auto'
   * @example 'f32'
   */
  precision?: Precision;

  /**
   * Aborts `create`. The promise rejects with the signal's reason, and all resources are released.
   *
   * @default none
   * @example AbortSignal.timeout(10_000)
   */
  signal?: AbortSignal;
}

/** Options of one photo. Every option has a default. */
export interface SegmentOptions<Output extends StillOutput = StillOutput> {
  /**
   * Selects the output: one, or an array for several outputs of one run. `mask` is an opaque grayscale image,
   * `cutout` the person on a transparent background, `composite` the photo with the effect.
   *
   * @default 'cutout'
   * @example ['mask', 'composite']
   */
  output?: Output | readonly Output[];

  /**
   * Selects the effect of a `composite`. The other outputs ignore it. `lightWrap` has an
   * effect only with `detail: 'low'`.
   *
   * @default { kind: 'blur', strength: 'medium' }
   * @example { kind: 'color', color: '#ffffff' }
   */
  effect?: StillEffect;

  /**
   * Selects the segmentation detail. `high` (default) finds each person, then segments them again from two
   * crops: slower, with much better outlines. `low` segments the whole photo once, like a frame of a video.
   * The model's input has 256 x 144 pixels. Use `low` for previews.
   *
   * @default 'high'
   * @example 'low'
   */
  detail?: Detail;

  /**
   * Aborts the call. The promise rejects with the signal's reason, and all outputs are closed.
   *
   * @default none
   * @example AbortSignal.timeout(10_000)
   */
  signal?: AbortSignal;
}

/** Valid and complete {@link ImageSegmenterOptions}. */
export interface SegmenterSettings {
  readonly model: Model;
  readonly refinement: Refinement;
  readonly assetBase: URL | undefined;
  readonly backend: BackendChoice;
  /** `undefined` for a worker, or the page if workers support no backend. */
  readonly worker: boolean | undefined;
  readonly precision: Precision;
  readonly signal: AbortSignal | undefined;
}

/** Valid and complete {@link SegmentOptions}. */
export interface SegmentSettings<Output extends StillOutput> {
  readonly outputs: readonly Output[];
  readonly effect: CheckedEffect;
  readonly detail: Detail;
  readonly signal: AbortSignal | undefined;
}

const OUTPUTS: readonly StillOutput[] = ['mask', 'cutout', 'composite'];
const EFFECTS: readonly StillEffect['kind'][] = ['blur', 'image', 'color', 'transparent'];

const SEGMENTER_OPTIONS = [
  'model',
  'refinement',
  'assetBase',
  'backend',
  'worker',
  'precision',
  'signal',
] as const satisfies readonly (keyof ImageSegmenterOptions)[];

const SEGMENT_OPTIONS = [
  'output',
  'effect',
  'detail',
  'signal',
] as const satisfies readonly (keyof SegmentOptions)[];

/** @throws {CycloramaError} `option`, naming the option and its valid values */
export function checkSegmenterOptions(options: ImageSegmenterOptions | undefined): SegmenterSettings {
  const {
    model = 'selfie_segmentation_landscape',
    refinement = 'guided',
    assetBase,
    backend = 'auto',
    worker,
    precision = 'auto',
    signal,
  } = takeOptions(options, SEGMENTER_OPTIONS);
  const copy = guard('model', () => checkModel(model));
  checkChoice('refinement', refinement, REFINEMENTS);
  checkChoice('backend', backend, BACKEND_CHOICES);
  if (worker !== undefined) checkFlag('worker', worker);
  checkChoice('precision', precision, ['auto', 'f32']);
  checkSignal(signal);
  return {
    model: copy,
    refinement,
    assetBase: resolveAssetBase(assetBase),
    backend,
    worker,
    precision,
    signal,
  };
}

/** @throws {CycloramaError} `option`, naming the option and its valid values */
export function checkSegmentOptions<Output extends StillOutput>(
  options: SegmentOptions<Output> | undefined,
): SegmentSettings<Output> {
  const {
    // Without options, `Output` is the type of the default.
    output = 'cutout' as Output,
    effect = { kind: 'blur' },
    detail = 'high',
    signal,
  } = takeOptions(options, SEGMENT_OPTIONS);
  const outputs = guard('output', () => [
    ...new Set(Array.isArray(output) ? (output as readonly Output[]) : [output as Output]),
  ]);
  if (outputs.length === 0) throw invalid('output', output, `${oneOf(OUTPUTS)}, or an array of these`);
  for (const each of outputs) checkChoice('output', each, OUTPUTS);
  const checked = checkEffect(effect);
  checkChoice('effect.kind', checked.parsed.kind, EFFECTS);
  checkChoice('detail', detail, ['high', 'low']);
  checkSignal(signal);
  return { outputs, effect: checked, detail, signal };
}
