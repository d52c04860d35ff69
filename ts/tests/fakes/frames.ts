import type { EngineInfo } from '../../src/shared/engine-types.js';
import type { Clock } from '../../src/shared/metrics.js';
import { QUALITY_LEVELS } from '../../src/shared/quality.js';
import type { StageTimings } from '../../src/shared/stages.js';
import type { Conditions, Load, Made, Meter } from '../../src/worker/metrics/meter.js';

export const info: EngineInfo = {
  adapter: 'an adapter',
  fallbackAdapter: false,
  backend: 'webgpu',
  model: { family: 'selfie', width: 256, height: 144 },
  timestamps: true,
  precision: 'f16',
};

export const conditions: Conditions = { info, level: QUALITY_LEVELS[0], number: 1 };

/** The load of frames, by default on the best quality level at 720p. */
export function loadOf(meter: Meter, given: Partial<Conditions> = {}, width = 1280, height = 720): Load {
  return meter.load({ width, height }, () => ({ ...conditions, ...given }));
}

/** Timings of stages that take 1, 2, 3, 4, 5 and 6 times `unit` milliseconds. */
export function times(unit: number): StageTimings {
  return {
    import: unit,
    preprocess: 2 * unit,
    inference: 3 * unit,
    refine: 4 * unit,
    composite: 5 * unit,
    output: 6 * unit,
    total: 22 * unit,
  };
}

/** GPU timings of the stages that run on the GPU. */
export function gpuTimes(unit: number) {
  const { output: _, total: __, ...stages } = times(unit);
  return stages;
}

/** Timings of the segmentation stages when a frame reuses the matte of another one. */
export const SKIPPED = { preprocess: 0, inference: 0, refine: 0 };

/** A frame that was submitted at `number` seconds, waited for 5 ms and took the milliseconds of `times(1)`. */
export function made(load: Load, number: number, given: Partial<Made> & { clock?: Clock } = {}): Made {
  const submitted = number * 1000;
  return {
    load,
    number,
    segmented: true,
    cpu: times(1),
    completed: undefined,
    submitted,
    started: submitted + 5,
    clock: 'gpu',
    ...given,
  };
}
