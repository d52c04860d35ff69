/**
 * Virtual backgrounds for browser video.
 *
 * @module cyclorama
 */
export type { Model, ModelName } from './assets.js';
export { MODEL_NAMES } from './assets.js';
export type {
  BackgroundBlending,
  BackgroundLayout,
  BackgroundPosition,
  BlurEffect,
  BlurStrength,
  ColorEffect,
  Effect,
  Fit,
  ImageEffect,
  NoEffect,
  TransparentEffect,
  VideoEffect,
} from './effect.js';
export type { FrameSource } from './engine.js';
export type { CycloramaErrorCode } from './errors.js';
export { CycloramaError } from './errors.js';
export type { OutputFrame } from './frame.js';
export type { MattingOptions, Refinement } from './matting.js';
export type { Clock, FrameCounts, Metrics, Stage, StageMetrics, StageTimes } from './metrics.js';
export type { VirtualBackgroundOptions } from './options.js';
export type { ChangeOptions, VirtualBackgroundEvents } from './virtual-background.js';
export { VirtualBackground } from './virtual-background.js';
