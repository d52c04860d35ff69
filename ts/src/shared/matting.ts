/** How masks are brought to the frame's edges, and calmed. */
export interface MattingOptions {
  /**
   * How the network's small mask is brought to the frame's size:
   * - `guided` makes it follow the frame's own edges, by a guided filter at the mask's size;
   * - `bilateral` enlarges it along the frame's colours, at half the frame's size: many times the work of `guided`,
   *   and a rougher outline;
   * - `none` enlarges it as it is, which is the least work and leaves a halo of the room.
   *
   * @default 'guided'
   * @example 'none'
   */
  refinement?: Refinement;

  /**
   * Whether the mask of the frame before counts where the picture did not change, so that edges do not flicker. It
   * costs two small passes over the mask. Turn it off where one frame does not follow the other, as with single
   * pictures.
   *
   * @default true
   * @example false
   */
  temporalSmoothing?: boolean;
}

/** How a small mask becomes one of the frame's size. */
export type Refinement = 'guided' | 'bilateral' | 'none';

/** Complete {@link MattingOptions}. */
export type Matting = Readonly<Required<MattingOptions>>;

/** The default matting options. */
export const DEFAULT_MATTING: Matting = { refinement: 'guided', temporalSmoothing: true };

/** Every {@link Refinement}. */
export const REFINEMENTS: readonly Refinement[] = ['guided', 'bilateral', 'none'];
