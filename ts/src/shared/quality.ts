import { checkModel, type Model } from './assets.js';
import { REFINEMENTS, type Refinement } from './matting.js';
import { checkChoice, guard, invalid, isRecord, oneOf, take } from './validation.js';

/** The trade-off between quality and processing time. */
export interface QualityOptions {
  /**
   * Selects the quality.
   * - `auto` (default) selects the highest quality level that the first frames fit into. Later it steps down
   *   when frames exceed the budget, and up again when there is headroom. The options `model` and `refinement`
   *   override those of the levels.
   * - `high`, `balanced` and `low` select one fixed level.
   * - {@link QualityLevelOptions} set a fixed level in detail.
   *
   * @default 'auto'
   * @example { framesPerSegmentation: 2, outputScale: 0.75 }
   */
  quality?: QualityOption;

  /**
   * Sets the processing time per frame above which `auto` steps down. A number is a fraction of the camera's
   * frame interval, above 0 and at most 1. `{ milliseconds }` is above 0 and at most 1000. The time runs
   * until the frame is output. A budget longer than the frame interval accepts dropped frames.
   *
   * @default 0.8
   * @example { milliseconds: 20 }
   */
  budget?: Budget;
}

/** A quality: automatic, by name, or in detail. */
export type QualityOption = 'auto' | QualityName | QualityLevelOptions;

/**
 * The names of fixed quality levels.
 *
 * @useDeclaredType
 */
export type QualityName = (typeof QUALITY_NAMES)[number];

/** A fraction of the frame interval, above 0 and at most 1, or milliseconds. */
export type Budget = number | { readonly milliseconds: number };

/** A quality level in detail. */
export interface QualityLevelOptions {
  /**
   * Selects the segmentation model of this level, as the option `model` of `create`. Only `landscape` and
   * `general`, with their file names, come with the package. Other names reject with `asset` without an
   * `assetBase`.
   *
   * @default the option `model`, or else 'selfie_segmentation_landscape'
   * @example 'segm_lite_v681'
   */
  model?: Model;

  /**
   * Selects the edge refinement of this level, as the option `refinement` of `create`.
   *
   * @default the option `refinement`, or else 'guided'
   * @example 'none'
   */
  refinement?: Refinement;

  /**
   * Sets how many consecutive frames reuse one matte: 1 (default), 2 or 3. More saves inference, but the
   * outline lags behind a person who moves. A matte is reused for at most 100 ms, so at 15 frames per second
   * 3 saves no more than 2.
   *
   * @default 1
   * @example 2
   */
  framesPerSegmentation?: FramesPerSegmentation;

  /**
   * Scales the output to a fraction of the camera's width and height: 1 (default), 0.75 or 0.5. Lower values
   * save time, as processing runs at that size. At 0.5 the image has a quarter of the pixels.
   *
   * @default 1
   * @example 0.75
   */
  outputScale?: OutputScale;
}

/**
 * How many consecutive frames reuse one matte.
 *
 * @useDeclaredType
 */
export type FramesPerSegmentation = (typeof FRAMES_PER_SEGMENTATION)[number];

/**
 * A fraction of the camera's width and height.
 *
 * @useDeclaredType
 */
export type OutputScale = (typeof OUTPUT_SCALES)[number];

/** Complete {@link QualityLevelOptions}. */
export type QualityLevel = Readonly<Required<QualityLevelOptions>>;

/** The options `model` and `refinement` of the caller, which override those of each level. */
export type Pinned = Pick<QualityLevelOptions, 'model' | 'refinement'>;

/** Valid and complete {@link QualityOptions}. */
export interface Quality {
  /** From the most work to the least, all different. A fixed quality has one level. */
  readonly levels: readonly [QualityLevel, ...QualityLevel[]];
  readonly budget: Budget;
}

/** Leaves a fifth of the frame interval for the page's other work, and for a call's decoder and encoder. */
const DEFAULT_BUDGET = 0.8;

/**
 * Less than one frame per second is useless in a call, so a larger value is a mistake, such as seconds for
 * milliseconds.
 */
const MAX_BUDGET = 1000;

const LEVEL_KEYS = ['model', 'refinement', 'framesPerSegmentation', 'outputScale'] as const;
const QUALITY_NAMES = ['high', 'balanced', 'low'] as const;
const FRAMES_PER_SEGMENTATION = [1, 2, 3] as const;
const OUTPUT_SCALES = [1, 0.75, 0.5] as const;

/**
 * The highest quality. It does not use the package's larger model: on the clip in `docs/quality.md` that
 * model's masks are worse, and its inference takes 1.7 times as long (`docs/performance.md`).
 */
const HIGH: QualityLevel = {
  model: 'selfie_segmentation_landscape',
  refinement: 'guided',
  framesPerSegmentation: 1,
  outputScale: 1,
};
const BALANCED: QualityLevel = { ...HIGH, framesPerSegmentation: 2, outputScale: 0.75 };
const LOW: QualityLevel = { ...HIGH, refinement: 'none', framesPerSegmentation: 3, outputScale: 0.5 };

const NAMED: Record<QualityName, QualityLevel> = { high: HIGH, balanced: BALANCED, low: LOW };
const NAMED_QUALITIES: ReadonlySet<unknown> = new Set(QUALITY_NAMES);

/**
 * From the most work to the least. The first steps save much and show little.
 * `docs/internals/quality-control.md` lists what each level saves. Refinement goes last: without it the halo
 * is twice as wide, and only a tenth of the time is saved.
 */
export const QUALITY_LEVELS: Quality['levels'] = [
  HIGH,
  { ...HIGH, framesPerSegmentation: 2 },
  BALANCED,
  { ...BALANCED, framesPerSegmentation: 3 },
  { ...BALANCED, framesPerSegmentation: 3, outputScale: 0.5 },
  LOW,
];

/** The maximum age of a reused matte in milliseconds. The engine refuses older ones. */
export const MAX_MATTE_AGE = 100;

/** Frames arrive up to a tenth late. A matte that the engine sometimes refuses saves nothing. */
const LATENESS = 1.1;

/**
 * The costliest refinement takes less than half of a frame: a frame takes 161 ms with `bilateral`, 94 ms with
 * `none` (`docs/reports/effects.md`).
 */
const REFINEMENT_BOUND = 2;

/** The largest selfie model has 4.2 times the multiply-adds of the smallest (`models/README.md`). */
const MODEL_BOUND = 5;

/**
 * Validates and completes options.
 *
 * @param pinned the options `model` and `refinement`, already validated
 * @throws {CycloramaError} `option`, naming the option and its valid values
 */
export function completeQuality(options: QualityOptions, pinned: Pinned = {}): Quality {
  return completeLevels(takeQuality(options), pinned);
}

/**
 * Validates and copies options. Later changes of the caller's objects have no effect.
 *
 * @throws {CycloramaError} `option`, naming the option and its valid values
 */
export function takeQuality(options: QualityOptions): QualityOptions {
  const { quality, budget } = take(options, ['quality', 'budget']);
  return {
    ...(quality !== undefined && { quality: checkQuality(quality) }),
    ...(budget !== undefined && { budget: checkBudget(budget) }),
  };
}

/**
 * Completes the result of {@link takeQuality}.
 *
 * @throws {CycloramaError} `option` if the quality contradicts the option `model` or `refinement`
 */
export function completeLevels(options: QualityOptions, pinned: Pinned): Quality {
  const { quality = 'auto', budget = DEFAULT_BUDGET } = options;
  if (quality === 'auto') return { levels: withPinned(QUALITY_LEVELS, pinned), budget };
  if (typeof quality === 'string') return { levels: withPinned([NAMED[quality]], pinned), budget };
  for (const key of ['model', 'refinement'] as const) {
    if (quality[key] !== undefined && pinned[key] !== undefined && quality[key] !== pinned[key]) {
      throw invalid(`quality.${key}`, quality[key], `omitted, or equal to the option ${key}`);
    }
  }
  return { levels: [completeLevel(quality, completeLevel(pinned, HIGH))], budget };
}

/** Whether two levels are equal. */
export function isSameLevel(a: QualityLevel, b: QualityLevel): boolean {
  return (
    a.model === b.model &&
    a.refinement === b.refinement &&
    a.framesPerSegmentation === b.framesPerSegmentation &&
    a.outputScale === b.outputScale
  );
}

/** The budget in milliseconds at a frame interval of `interval` milliseconds. */
export function budgetAt(budget: Budget, interval: number): number {
  return typeof budget === 'number' ? budget * interval : budget.milliseconds;
}

/**
 * The maximum ratio of processing times of two levels at a frame interval of `interval` milliseconds. It
 * assumes that all time is spent where the levels differ.
 */
export function costBound(costlier: QualityLevel, cheaper: QualityLevel, interval: number): number {
  const model = costlier.model === cheaper.model ? 1 : MODEL_BOUND;
  const refinement = costlier.refinement === cheaper.refinement ? 1 : REFINEMENT_BOUND;
  const segmentations = framesServed(cheaper, interval) / framesServed(costlier, interval);
  return model * refinement * segmentations * (costlier.outputScale / cheaper.outputScale) ** 2;
}

/**
 * The expected time of a frame on level `to`, after a measurement on level `from`. It assumes that everything but segmentation depends
 * on the number of pixels.
 *
 * @param measured the mean time of a frame, and the part of it that segmentation takes, in milliseconds
 */
export function expectedCost(
  { busy, segmentation }: { readonly busy: number; readonly segmentation: number },
  from: QualityLevel,
  to: QualityLevel,
  interval: number,
): number {
  const segmentations = framesServed(from, interval) / framesServed(to, interval);
  return segmentation * segmentations + (busy - segmentation) * (to.outputScale / from.outputScale) ** 2;
}

/** How many frames reuse a matte before it is too old. */
function framesServed({ framesPerSegmentation }: QualityLevel, interval: number): number {
  return Math.min(framesPerSegmentation, 1 + Math.floor(MAX_MATTE_AGE / (interval * LATENESS)));
}

/** The levels with the pinned options, without levels that are then equal to the one before. */
function withPinned([best, ...others]: Quality['levels'], pinned: Pinned): Quality['levels'] {
  const pin = (level: QualityLevel) => completeLevel(pinned, level);
  const levels: [QualityLevel, ...QualityLevel[]] = [pin(best)];
  let last = levels[0];
  for (const level of others.map(pin)) {
    if (!isSameLevel(level, last)) levels.push(level);
    last = level;
  }
  return levels;
}

/** Takes omitted values from `base`. */
function completeLevel(options: QualityLevelOptions, base: QualityLevel): QualityLevel {
  const {
    model = base.model,
    refinement = base.refinement,
    framesPerSegmentation = base.framesPerSegmentation,
    outputScale = base.outputScale,
  } = options;
  return { model, refinement, framesPerSegmentation, outputScale };
}

function checkQuality(quality: QualityOption): QualityOption {
  if (quality === 'auto' || NAMED_QUALITIES.has(quality)) return quality;
  if (typeof quality !== 'object' || quality === null) {
    const names = oneOf(['auto', ...QUALITY_NAMES]);
    throw invalid('quality', quality, `${names}, or an object such as { outputScale: 0.75 }`);
  }
  const level: QualityLevelOptions = take(quality, LEVEL_KEYS, 'quality.');
  const { model, refinement, framesPerSegmentation, outputScale } = level;
  if (refinement !== undefined) checkChoice('quality.refinement', refinement, REFINEMENTS);
  checkNumber('quality.framesPerSegmentation', framesPerSegmentation, FRAMES_PER_SEGMENTATION);
  checkNumber('quality.outputScale', outputScale, OUTPUT_SCALES);
  if (model === undefined) return Object.freeze(level);
  const copy = guard('quality.model', () => checkModel(model, 'quality.model'));
  return Object.freeze({ ...level, model: copy });
}

function checkNumber(option: string, value: unknown, choices: readonly number[]): void {
  if (value !== undefined && !choices.some((choice) => choice === value)) {
    throw invalid(option, value, `one of ${choices.join(', ')}`);
  }
}

function checkBudget(given: Budget): Budget {
  const budget = isRecord(given) ? Object.freeze(take(given, ['milliseconds'], 'budget.')) : given;
  const [option, value, most] = isRecord(budget)
    ? (['budget.milliseconds', budget.milliseconds, MAX_BUDGET] as const)
    : (['budget', budget, 1] as const);
  if (!(typeof value === 'number' && value > 0 && value <= most)) {
    throw invalid(option, value, `a number in (0, ${most}]${isRecord(budget) ? '' : ' or { milliseconds }'}`);
  }
  return budget;
}

/**
 * Why the quality level changes:
 * - `too-slow`: frames exceed the budget.
 * - `headroom`: measurements predict that the next higher level fits the budget.
 * - `retry`: there is headroom, and the measurements of the next higher level are missing or ten minutes old.
 * - `chosen`: the caller set another quality.
 */
export type QualityChangeKind = 'too-slow' | 'headroom' | 'retry' | 'chosen';

/** A change of the quality level. */
export interface QualityChange {
  readonly from: QualityLevel;
  readonly to: QualityLevel;
  readonly kind: QualityChangeKind;
  /** The reason in words, with the measurements that decided. */
  readonly reason: string;
}
