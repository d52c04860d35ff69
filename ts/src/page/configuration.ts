import { checkModel, type Model } from '../shared/assets.js';
import { checkEffect, type Effect } from '../shared/effect.js';
import { DEFAULT_MATTING, type Matting, type MattingOptions, REFINEMENTS } from '../shared/matting.js';
import { completeLevels, type Quality, type QualityOptions, takeQuality } from '../shared/quality.js';
import { checkChoice, checkFlag, guard, invalid, isRecord, take } from '../shared/validation.js';

/** Options that can change while frames flow. Omitted options keep their values. */
export interface BackgroundChange extends MattingOptions, QualityOptions {
  /**
   * What is shown where the person is not, as in `VirtualBackgroundOptions`.
   *
   * @default what it is
   * @example { kind: 'blur', strength: 'high' }
   */
  effect?: Effect;

  /**
   * The network that tells the person from the background, as in `VirtualBackgroundOptions`.
   *
   * @default what it is
   * @example 'general'
   */
  model?: Model;
}

/** The name of an option that can change. */
export type ConfigurationKey = keyof BackgroundChange & keyof Configuration;

/** All options that can change while frames flow, validated and copied. */
export interface Configuration {
  readonly effect: Effect;
  /** Chosen by itself, which no quality changes. */
  readonly model: Model | undefined;
  /** Chosen by itself, which no quality changes. */
  readonly refinement: Matting['refinement'] | undefined;
  readonly temporalSmoothing: boolean;
  readonly quality: NonNullable<QualityOptions['quality']>;
  readonly budget: QualityOptions['budget'];
}

/** The settings that follow from a {@link Configuration}. */
export interface Resolved {
  /** The network of the first level; the others have the same. */
  readonly model: Model;
  readonly matting: Matting;
  readonly quality: Quality;
}

/** The defaults. */
export const DEFAULT_CONFIGURATION: Configuration = {
  effect: { kind: 'blur', strength: 'medium' },
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
 * @throws {CycloramaError} `option`, naming the option and what it may be
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

/** The configuration with a change; a network or refinement that is chosen by itself takes the place of the quality's own. */
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

/** @throws {CycloramaError} `option` where two options contradict each other */
export function resolve({ model, refinement, temporalSmoothing, quality, budget }: Configuration): Resolved {
  const levels = completeLevels(
    { quality, ...(budget !== undefined && { budget }) },
    { ...(model !== undefined && { model }), ...(refinement !== undefined && { refinement }) },
  );
  const [best] = levels.levels;
  return { model: best.model, matting: { refinement: best.refinement, temporalSmoothing }, quality: levels };
}

/** Whether a change that is refused was one to something else than the camera as it is. */
export function mayCover(change: unknown): boolean {
  try {
    const effect = isRecord(change) ? change.effect : undefined;
    return effect !== undefined && !(isRecord(effect) && effect.kind === 'none');
  } catch {
    return true;
  }
}
