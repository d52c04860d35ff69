import { checkModel, type Model } from '../shared/assets.js';
import { type CheckedEffect, checkEffect, type Effect } from '../shared/effect.js';
import { DEFAULT_MATTING, type Matting, type MattingOptions, REFINEMENTS } from '../shared/matting.js';
import { completeLevels, type Quality, type QualityOptions, takeQuality } from '../shared/quality.js';
import { checkChoice, checkFlag, guard, invalid, isRecord, take } from '../shared/validation.js';

/** Options that can change while frames flow. Omitted options keep their values. */
export interface BackgroundChange extends MattingOptions, QualityOptions {
  /**
   * Selects the effect, as the option of `create`.
   *
   * @default the current effect
   * @example { kind: 'blur', strength: 'high' }
   */
  effect?: Effect;

  /**
   * Selects the segmentation model, as the option of `create`. The names `meet-…` and `segm_…` reject with
   * `asset` unless `create` got an `assetBase`.
   *
   * @default the current model
   * @example 'general'
   */
  model?: Model;
}

/** The name of an option that can change. */
export type ConfigurationKey = keyof BackgroundChange & keyof Configuration;

/** All options that can change while frames flow, validated and copied. */
export interface Configuration {
  readonly effect: CheckedEffect;
  /** The option `model`, which no quality level overrides. */
  readonly model: Model | undefined;
  /** The option `refinement`, which no quality level overrides. */
  readonly refinement: Matting['refinement'] | undefined;
  readonly temporalSmoothing: boolean;
  readonly quality: NonNullable<QualityOptions['quality']>;
  readonly budget: QualityOptions['budget'];
}

/** The settings that follow from a {@link Configuration}. */
export interface Resolved {
  /** The model of the first quality level. All levels have the same one. */
  readonly model: Model;
  readonly matting: Matting;
  readonly quality: Quality;
}

/** The defaults. */
export const DEFAULT_CONFIGURATION: Configuration = {
  effect: checkEffect({ kind: 'blur', strength: 'medium' }),
  model: undefined,
  refinement: undefined,
  temporalSmoothing: DEFAULT_MATTING.temporalSmoothing,
  quality: 'auto',
  budget: undefined,
};

const KEYS = ['effect', 'model', 'refinement', 'temporalSmoothing', 'quality', 'budget'] as const;

/**
 * Validates and copies a change. Later changes of the caller's objects have no effect.
 *
 * @throws {CycloramaError} `option`, naming the option and its valid values
 */
export function checkChange(change: BackgroundChange): Partial<Configuration> {
  const given: unknown = change;
  if (!isRecord(given)) throw invalid('change', given, 'an object such as { quality: "balanced" }');
  const { effect, model, refinement, temporalSmoothing, quality, budget } = take(change, KEYS);
  if (refinement !== undefined) checkChoice('refinement', refinement, REFINEMENTS);
  if (temporalSmoothing !== undefined) checkFlag('temporalSmoothing', temporalSmoothing);
  return {
    ...(effect !== undefined && { effect: checkEffect(effect) }),
    ...(model !== undefined && { model: guard('model', () => checkModel(model)) }),
    ...(refinement !== undefined && { refinement }),
    ...(temporalSmoothing !== undefined && { temporalSmoothing }),
    ...takeQuality({ ...(quality !== undefined && { quality }), ...(budget !== undefined && { budget }) }),
  };
}

/** A validated change as options for a new background. */
export function toOptions({ effect, ...others }: Partial<Configuration>): BackgroundChange {
  return { ...(others as BackgroundChange), ...(effect && { effect: effect.options }) };
}

/** The configuration after a change. The options `model` and `refinement` replace those of the quality. */
export function applyChange(before: Configuration, change: Partial<Configuration>): Configuration {
  const after = { ...before, ...change };
  if (change.quality !== undefined || typeof after.quality !== 'object') return after;
  const { model, refinement, ...others } = after.quality;
  return {
    ...after,
    quality: {
      ...others,
      ...(model !== undefined && change.model === undefined && { model }),
      ...(refinement !== undefined && change.refinement === undefined && { refinement }),
    },
  };
}

/** @throws {CycloramaError} `option` if two options contradict each other */
export function resolve({ model, refinement, temporalSmoothing, quality, budget }: Configuration): Resolved {
  const levels = completeLevels(
    { quality, ...(budget !== undefined && { budget }) },
    { ...(model !== undefined && { model }), ...(refinement !== undefined && { refinement }) },
  );
  const [best] = levels.levels;
  return { model: best.model, matting: { refinement: best.refinement, temporalSmoothing }, quality: levels };
}
