/** The stages of a frame's way, in order. */
export const STAGES = ['import', 'preprocess', 'inference', 'refine', 'composite', 'output'] as const;

/** A stage of a frame's way from camera to screen. */
export type Stage = (typeof STAGES)[number];

/** The stages that make a frame's mask. A frame that is shown under the matte of one before is without them. */
export const MASK_STAGES: readonly Stage[] = ['preprocess', 'inference', 'refine'];

/**
 * What each stage of one frame took, in milliseconds, and their sum with all that lies between; 0 for the stages that
 * were left out because the frame was shown under the matte of one before.
 */
export type StageTimings = Record<Stage | 'total', number>;
