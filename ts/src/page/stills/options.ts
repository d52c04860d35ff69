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
 * A photograph: an address is fetched (from another origin only where that one allows it); everything else stays the
 * caller's, who may change or close it once the promise is settled.
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

/** What a composite can show where the person is not. */
export type StillEffect = BlurEffect | ImageEffect | ColorEffect | TransparentEffect;

/** How photographs are segmented; every option has a default. */
export interface ImageSegmenterOptions {
  /**
   * The network that tells the person from the background: by name, by address or as bytes.
   *
   * @default 'selfie_segmentation_landscape'
   * @example 'selfie_segmentation'
   */
  model?: Model;

  /**
   * How the network's small mask is brought to the photograph's size: see {@link MattingOptions.refinement}.
   *
   * @default 'guided'
   * @example 'none'
   */
  refinement?: Refinement;

  /**
   * A directory of yours with `wasm/` and `models/`: see {@link VirtualBackgroundOptions.assetBase}.
   *
   * @default the package's own files
   * @example '/assets/cyclorama/'
   */
  assetBase?: string | URL;

  /**
   * What photographs are segmented on: see {@link VirtualBackgroundOptions.backend}.
   *
   * @default 'auto'
   * @example 'webgl'
   */
  backend?: BackendChoice;

  /**
   * Selects the thread that does the work: a worker (`true`) or the page (`false`), which then waits for it. By default a worker
   * does, and the page where workers can run no backend.
   *
   * @default a worker, or the page where workers can run no backend
   * @example false
   */
  worker?: boolean;

  /**
   * With how many bits the network's weights are stored on the GPU: see {@link VirtualBackgroundOptions.precision}.
   *
   * @default 'auto'
   * @example 'f32'
   */
  precision?: Precision;

  /**
   * Gives up: `create` then rejects with the signal's reason and leaves nothing behind.
   *
   * @default none
   * @example AbortSignal.timeout(10_000)
   */
  signal?: AbortSignal;
}

/** What is to be made of one photograph; every option has a default. */
export interface SegmentOptions<Output extends StillOutput = StillOutput> {
  /**
   * What is to be made: one, or several from one run.
   *
   * @default 'cutout'
   * @example ['mask', 'composite']
   */
  output?: Output | readonly Output[];

  /**
   * What a `composite` shows where the person is not; the others do without. Its `lightWrap` counts with `detail: 'low'` alone.
   *
   * @default { kind: 'blur', strength: 'medium' }
   * @example { kind: 'color', color: '#ffffff' }
   */
  effect?: StillEffect;

  /**
   * How thoroughly the photograph is looked at. The network sees 256 x 144 pixels: with `low` the whole photograph in
   * these, as a frame of a video; with `high` each person that is found so once more from near, twice, which costs some
   * time and gives a much better outline.
   *
   * @default 'high'
   * @example 'low'
   */
  detail?: Detail;

  /**
   * Gives up: the call rejects with the signal's reason, and what was made is thrown away.
   *
   * @default none
   * @example AbortSignal.timeout(10_000)
   */
  signal?: AbortSignal;
}

/** {@link ImageSegmenterOptions}, checked and completed. */
export interface SegmenterSettings {
  readonly model: Model;
  readonly refinement: Refinement;
  readonly assetBase: URL | undefined;
  readonly backend: BackendChoice;
  /** `undefined` for a worker, and the page where workers can run no backend. */
  readonly worker: boolean | undefined;
  readonly precision: Precision;
  readonly signal: AbortSignal | undefined;
}

/** {@link SegmentOptions}, checked and completed. */
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

/** @throws {CycloramaError} `option`, naming the option and what it may be */
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

/** @throws {CycloramaError} `option`, naming the option and what it may be */
export function checkSegmentOptions<Output extends StillOutput>(
  options: SegmentOptions<Output> | undefined,
): SegmentSettings<Output> {
  const {
    // Where nothing is asked for, the type of the outputs is that of the default.
    output = 'cutout' as Output,
    effect = { kind: 'blur' },
    detail = 'high',
    signal,
  } = takeOptions(options, SEGMENT_OPTIONS);
  const outputs = guard('output', () => [
    ...new Set(Array.isArray(output) ? (output as readonly Output[]) : [output as Output]),
  ]);
  if (outputs.length === 0) throw invalid('output', output, `${oneOf(OUTPUTS)}, or several`);
  for (const each of outputs) checkChoice('output', each, OUTPUTS);
  const checked = checkEffect(effect);
  checkChoice('effect.kind', checked.parsed.kind, EFFECTS);
  checkChoice('detail', detail, ['high', 'low']);
  checkSignal(signal);
  return { outputs, effect: checked, detail, signal };
}
