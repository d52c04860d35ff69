import { checkModel, type Model } from './assets.js';
import { REFINEMENTS, type Refinement } from './matting.js';
import { checkChoice, guard, invalid, isRecord, oneOf, take } from './validation.js';

/** How much work a frame is, and how long it may take. */
export interface QualityOptions {
  /**
   * How much is done for a frame:
   * - `auto` starts with the most and follows the machine: down when frames take longer than the budget, up again
   *   when there is room. A `model` or `refinement` that is chosen as well stays as it is;
   * - `high`, `balanced` and `low` are three quality levels that `auto` moves on, and stay where they are;
   * - a {@link QualityLevelOptions} says it knob by knob.
   *
   * @default 'auto'
   * @example { framesPerSegmentation: 2, outputScale: 0.75 }
   */
  quality?: QualityOption;

  /**
   * How long a frame may take, from when it is taken to when its picture is out, before `auto` does less: a share of
   * the time between two frames of the camera, in (0, 1], or `{ milliseconds }`, above 0 and at most 1000. What is
   * longer than the time between two frames accepts that some are dropped.
   *
   * @default 0.8
   * @example { milliseconds: 20 }
   */
  budget?: Budget;
}

/** How much is done for a frame: by name, or knob by knob. */
export type QualityOption = 'auto' | QualityName | QualityLevelOptions;

/**
 * The qualities that stay as they are.
 *
 * @useDeclaredType
 */
export type QualityName = (typeof QUALITY_NAMES)[number];

/** A share of the time between two frames, in (0, 1], or milliseconds. */
export type Budget = number | { readonly milliseconds: number };

/** The knobs that make a frame more or less work. */
export interface QualityLevelOptions {
  /**
   * The network that tells the person from the background, as in `VirtualBackgroundOptions`. The package carries
   * `selfie_segmentation_landscape` and `selfie_segmentation`; the others' names need an `assetBase`.
   *
   * @default the option `model`, or else 'selfie_segmentation_landscape'
   * @example 'segm_lite_v681'
   */
  model?: Model;

  /**
   * How masks are brought to the frame's edges, as in `MattingOptions`.
   *
   * @default the option `refinement`, or else 'guided'
   * @example 'none'
   */
  refinement?: Refinement;

  /**
   * How many frames in a row share a matte: 1, 2 or 3. With more than one, the outline trails behind a person who moves.
   * No matte is shown on a frame of more than 100 ms after the one that it was made of: the engine refuses to, so at
   * 15 frames per second 3 does no more than 2.
   *
   * @default 1
   * @example 2
   */
  framesPerSegmentation?: FramesPerSegmentation;

  /**
   * The size at which a frame is worked on and sent, as a share of the camera's sides: 1, 0.75 or 0.5. At 0.5 the
   * picture has a quarter of the pixels.
   *
   * @default 1
   * @example 0.75
   */
  outputScale?: OutputScale;
}

/**
 * How many frames in a row share a matte.
 *
 * @useDeclaredType
 */
export type FramesPerSegmentation = (typeof FRAMES_PER_SEGMENTATION)[number];

/**
 * A share of the camera's sides.
 *
 * @useDeclaredType
 */
export type OutputScale = (typeof OUTPUT_SCALES)[number];

/** Complete {@link QualityLevelOptions}. */
export type QualityLevel = Readonly<Required<QualityLevelOptions>>;

/** The knobs that the caller chose by options of their own, which no quality changes. */
export type Pinned = Pick<QualityLevelOptions, 'model' | 'refinement'>;

/** {@link QualityOptions}, checked and completed. */
export interface Quality {
  /** From the most work to the least, no two alike. A quality that stays as it is has one level. */
  readonly levels: readonly [QualityLevel, ...QualityLevel[]];
  readonly budget: Budget;
}

/** Leaves a fifth of the time for other work of the page, and for the decoder and encoder of a call. */
const DEFAULT_BUDGET = 0.8;

/** Largest budget in milliseconds. More than a second per frame is a mistake, such as a wrong unit. */
const MAX_BUDGET = 1000;

const KNOBS = ['model', 'refinement', 'framesPerSegmentation', 'outputScale'] as const;
const QUALITY_NAMES = ['high', 'balanced', 'low'] as const;
const FRAMES_PER_SEGMENTATION = [1, 2, 3] as const;
const OUTPUT_SCALES = [1, 0.75, 0.5] as const;

/**
 * The highest quality. The package's larger model is not a better level: on the clip in `docs/quality.md` its masks are worse, in 1.6
 * times the time.
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
 * The levels of `auto`, from the most work to the least. The first steps save much time at little visible cost:
 * `docs/internals/quality-control.md` lists what each level saves. Refinement is dropped last: without it the halo is twice as wide,
 * and only a tenth of the time is saved.
 */
export const QUALITY_LEVELS: Quality['levels'] = [
  HIGH,
  { ...HIGH, framesPerSegmentation: 2 },
  BALANCED,
  { ...BALANCED, framesPerSegmentation: 3 },
  { ...BALANCED, framesPerSegmentation: 3, outputScale: 0.5 },
  LOW,
];

/** Largest age of a reused matte, in milliseconds. The engine does not reuse older ones. */
export const MAX_MATTE_AGE = 100;

/** Frames arrive up to a tenth late. A matte that is sometimes too old saves nothing. */
const LATENESS = 1.1;

/** The most expensive refinement takes less than half of a frame: 164 ms with `bilateral`, 90 ms with `none` (`docs/performance.md`). */
const REFINEMENT_BOUND = 2;

/** The largest model takes 4.2 times as long as the smallest (`docs/performance.md`). */
const MODEL_BOUND = 5;

/**
 * Checks and completes options.
 *
 * @param pinned the caller's options `model` and `refinement`, already checked
 * @throws {CycloramaError} `option`, with the name of the option and its valid values
 */
export function completeQuality(options: QualityOptions, pinned: Pinned = {}): Quality {
  return completeLevels(takeQuality(options), pinned);
}

/**
 * Checks and copies options, so that later changes of the caller's objects have no effect.
 *
 * @throws {CycloramaError} `option`, with the name of the option and its valid values
 */
export function takeQuality(options: QualityOptions): QualityOptions {
  const { quality, budget } = take(options, ['quality', 'budget']);
  return {
    ...(quality !== undefined && { quality: checkQuality(quality) }),
    ...(budget !== undefined && { budget: checkBudget(budget) }),
  };
}

/**
 * Completes options from {@link takeQuality}.
 *
 * @throws {CycloramaError} `option` if the quality contradicts a pinned option
 */
export function completeLevels(options: QualityOptions, pinned: Pinned): Quality {
  const { quality = 'auto', budget = DEFAULT_BUDGET } = options;
  if (quality === 'auto') return { levels: withPinned(QUALITY_LEVELS, pinned), budget };
  if (typeof quality === 'string') return { levels: withPinned([NAMED[quality]], pinned), budget };
  for (const knob of ['model', 'refinement'] as const) {
    if (quality[knob] !== undefined && pinned[knob] !== undefined && quality[knob] !== pinned[knob]) {
      throw invalid(`quality.${knob}`, quality[knob], `left out or equal to the option ${knob}`);
    }
  }
  return { levels: [completeLevel(quality, completeLevel(pinned, HIGH))], budget };
}

/** Whether two levels have equal options. */
export function isSameLevel(a: QualityLevel, b: QualityLevel): boolean {
  return (
    a.model === b.model &&
    a.refinement === b.refinement &&
    a.framesPerSegmentation === b.framesPerSegmentation &&
    a.outputScale === b.outputScale
  );
}

/** The budget of a frame in milliseconds, if frames are `interval` milliseconds apart. */
export function budgetAt(budget: Budget, interval: number): number {
  return typeof budget === 'number' ? budget * interval : budget.milliseconds;
}

/**
 * Upper bound of the ratio between the times of two levels, if frames are `interval` milliseconds apart. Assumes that all of the time is
 * in the parts that differ.
 */
export function costBound(dearer: QualityLevel, cheaper: QualityLevel, interval: number): number {
  const model = dearer.model === cheaper.model ? 1 : MODEL_BOUND;
  const refinement = dearer.refinement === cheaper.refinement ? 1 : REFINEMENT_BOUND;
  const segmentations = framesServed(cheaper, interval) / framesServed(dearer, interval);
  return model * refinement * segmentations * (dearer.outputScale / cheaper.outputScale) ** 2;
}

/** Number of frames that use a matte before it is too old. */
function framesServed({ framesPerSegmentation }: QualityLevel, interval: number): number {
  return Math.min(framesPerSegmentation, 1 + Math.floor(MAX_MATTE_AGE / (interval * LATENESS)));
}

/** Applies the pinned options to all levels, and removes levels that then equal the previous one. */
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

/** Completes options with those of `base`. */
function completeLevel(knobs: QualityLevelOptions, base: QualityLevel): QualityLevel {
  const {
    model = base.model,
    refinement = base.refinement,
    framesPerSegmentation = base.framesPerSegmentation,
    outputScale = base.outputScale,
  } = knobs;
  return { model, refinement, framesPerSegmentation, outputScale };
}

function checkQuality(quality: QualityOption): QualityOption {
  if (quality === 'auto' || NAMED_QUALITIES.has(quality)) return quality;
  if (typeof quality !== 'object' || quality === null) {
    const names = oneOf(['auto', ...QUALITY_NAMES]);
    throw invalid('quality', quality, `${names}, or an object such as { outputScale: 0.75 }`);
  }
  const level: QualityLevelOptions = take(quality, KNOBS, 'quality.');
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
 * Why a level is left:
 * - `too-slow`: frames take longer than the budget;
 * - `headroom`: what is known of the level above says that it would fit;
 * - `retry`: there is room, and what was known of the level above is ten minutes old, or nothing is known of it;
 * - `chosen`: the caller chose another quality.
 */
export type QualityChangeKind = 'too-slow' | 'headroom' | 'retry' | 'chosen';

/** A change that is to be carried out. */
export interface QualityChange {
  readonly from: QualityLevel;
  readonly to: QualityLevel;
  readonly kind: QualityChangeKind;
  /** Why, for people, with the figures that decided. */
  readonly reason: string;
}
