/** The stages of the pipeline, in order. */
export const STAGES = ['import', 'preprocess', 'inference', 'refine', 'composite', 'output'] as const;

/** A stage of the pipeline. */
export type Stage = (typeof STAGES)[number];

/** The stages of segmentation. A frame that reuses a matte skips them. */
export const MASK_STAGES: readonly Stage[] = ['preprocess', 'inference', 'refine'];

/**
 * Timings of one frame in milliseconds: each stage, and the total including the time between the stages. A stage is 0 if the frame
 * skipped it because it reused a matte.
 */
export type StageTimings = Record<Stage | 'total', number>;
