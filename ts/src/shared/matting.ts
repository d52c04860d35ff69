/** Edge refinement and temporal smoothing of the segmentation mask. */
export interface MattingOptions {
  /**
   * Selects the edge refinement: how the small mask is upsampled to the frame.
   * - `guided` (default) follows the frame's edges with a guided filter at the mask's size.
   * - `bilateral` upsamples along the frame's colors at half the frame's size. It costs many times as much as
   *   `guided` and gives rougher outlines.
   * - `none` upsamples without refinement. It costs the least, but shows a halo of the room around the
   *   person.
   *
   * @default 'guided'
   * @example 'none'
   */
  refinement?: Refinement;

  /**
   * Smooths the mask over time to reduce flicker. Where the image has not changed, the previous frame's mask
   * also counts. Disable it if consecutive frames are unrelated, such as single images. It costs two small
   * passes over the mask.
   *
   * @default true
   * @example false
   */
  temporalSmoothing?: boolean;
}

/** A method of edge refinement. */
export type Refinement = 'guided' | 'bilateral' | 'none';

/** Complete {@link MattingOptions}. */
export type Matting = Readonly<Required<MattingOptions>>;

/** The defaults. */
export const DEFAULT_MATTING: Matting = { refinement: 'guided', temporalSmoothing: true };

/** All values of {@link Refinement}. */
export const REFINEMENTS: readonly Refinement[] = ['guided', 'bilateral', 'none'];
