/**
 * Compile-time checks. Nothing in this file runs. The assignments show that this package's types can replace the SDK's in an app. Each
 * `@ts-expect-error` shows that a wrong assignment would be noticed.
 */
import type * as Sdk from 'amazon-chime-sdk-js';
import type * as Ours from '../../../src/adapters/chime/index.js';

/** Functions with the parameters of the SDK's. Their results must be assignable to the SDK's. */
declare const blurFactory: typeof Ours.BackgroundBlurVideoFrameProcessor;
declare const replacementFactory: typeof Ours.BackgroundReplacementVideoFrameProcessor;
declare const filterFactory: typeof Ours.BackgroundFilterVideoFrameProcessor;
declare const fxFactory: typeof Ours.VideoFxProcessor;

export const blurStatics: Pick<typeof Sdk.BackgroundBlurVideoFrameProcessor, 'create' | 'isSupported'> =
  blurFactory;
export const replacementStatics: Pick<
  typeof Sdk.BackgroundReplacementVideoFrameProcessor,
  'create' | 'isSupported'
> = replacementFactory;
export const filterStatics: Pick<typeof Sdk.BackgroundFilterVideoFrameProcessor, 'isSupported'> =
  filterFactory;
/** The public members of the SDK's class. Its private members make every other type unassignable to it. */
type PublicFx = Pick<Sdk.VideoFxProcessor, keyof Sdk.VideoFxProcessor>;
export const fxStatics: {
  create(...given: Parameters<typeof Sdk.VideoFxProcessor.create>): Promise<PublicFx>;
  isSupported: typeof Sdk.VideoFxProcessor.isSupported;
} = fxFactory;
export const strengths: typeof Sdk.BackgroundBlurStrength = {} as typeof Ours.BackgroundBlurStrength;

declare const blur: Ours.BackgroundBlurVideoFrameProcessor;
declare const replacement: Ours.BackgroundReplacementVideoFrameProcessor;
declare const fx: Ours.VideoFxProcessor;
declare const processor: Ours.ChimeVideoFrameProcessor;

export const blurInstances: [Sdk.BackgroundBlurProcessor, Sdk.BackgroundBlurVideoFrameProcessor] = [
  blur,
  blur,
];
export const replacementInstances: [
  Sdk.BackgroundReplacementProcessor,
  Sdk.BackgroundReplacementVideoFrameProcessor,
] = [replacement, replacement];
export const fxInstance: PublicFx = fx;
export const stages: Sdk.VideoFrameProcessor[] = [blur, replacement, fx, processor];

/** `true` when the types are assignable to each other. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;

export const types: [
  Same<Sdk.VideoFxConfig, Ours.VideoFxConfig>,
  Same<Sdk.VideoFxBlurStrength, Ours.VideoFxBlurStrength>,
  Same<Sdk.VideoFxSpec, Ours.VideoFxSpec>,
  Same<Sdk.VideoFxPaths, Ours.VideoFxPaths>,
  Same<Sdk.BackgroundBlurOptions, Ours.BackgroundBlurOptions>,
  Same<Sdk.BackgroundReplacementOptions, Ours.BackgroundReplacementOptions>,
  Same<Sdk.BackgroundFilterSpec, Ours.BackgroundFilterSpec>,
  Same<Sdk.BackgroundFilterPaths, Ours.BackgroundFilterPaths>,
  Same<Sdk.BackgroundFilterOptions, Ours.BackgroundFilterOptions>,
  Same<Sdk.BackgroundBlurProcessor, Ours.BackgroundBlurProcessor>,
  Same<Sdk.BackgroundReplacementProcessor, Ours.BackgroundReplacementProcessor>,
  Same<Sdk.BackgroundBlurVideoFrameProcessorObserver, Ours.BackgroundBlurVideoFrameProcessorObserver>,
  Same<
    Sdk.BackgroundReplacementVideoFrameProcessorObserver,
    Ours.BackgroundReplacementVideoFrameProcessorObserver
  >,
] = [true, true, true, true, true, true, true, true, true, true, true, true, true];

// @ts-expect-error: a replacement has no strength setter.
export const notABlur: Sdk.BackgroundBlurProcessor = replacement;
// @ts-expect-error: a blur has no image setter.
export const notAReplacement: Sdk.BackgroundReplacementProcessor = blur;
// @ts-expect-error: the second-generation filter has no observers.
export const notAFilter: Sdk.BackgroundBlurProcessor = fx;
// @ts-expect-error: the SDK's class has private members.
export const notTheClass: Sdk.VideoFxProcessor = fx;
// @ts-expect-error: a stage must return frames.
export const notAStage: Sdk.VideoFrameProcessor = { ...blur, process: async () => {} };
// @ts-expect-error: the two types of strength differ.
export const notAStrength: Same<Sdk.VideoFxBlurStrength, typeof Sdk.BackgroundBlurStrength> = true;

export async function options(): Promise<void> {
  await blurFactory.create(undefined, { blurStrength: 15, backend: 'webgl', onFailure: 'freeze' });
  await replacementFactory.create(undefined, {
    imageBlob: new Blob(),
    fit: 'fill',
    model: 'selfie_segmentation',
  });
  // @ts-expect-error: a blur has no effect option.
  await blurFactory.create(undefined, { effect: { kind: 'none' } });
  // @ts-expect-error: an image must be a Blob.
  await replacementFactory.create(undefined, { imageBlob: '/beach.jpg' });
  // @ts-expect-error: strengths of the first-generation filter are numbers.
  blur.setBlurStrength('high');
}
