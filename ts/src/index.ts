/**
 * Virtual backgrounds for browser video.
 *
 * @module cyclorama
 */
export type { HostedModelName, Model, ModelFile, ModelName, PackagedModelName } from './assets.js';
export { MODEL_NAMES } from './assets.js';
export type { BackgroundChange } from './configuration.js';
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
export type { FrameSource, PowerPreference, Precision } from './engine.js';
export type { CycloramaErrorCode } from './errors.js';
export { CycloramaError } from './errors.js';
export type { OutputFrame } from './frame.js';
export type { OnFailure } from './gate.js';
export type { BackgroundLogger } from './logging.js';
export type { MattingOptions, Refinement } from './matting.js';
export type {
  Clock,
  Distribution,
  FrameCounts,
  FrameSample,
  Memory,
  Metrics,
  MetricsReport,
  Ranges,
  Stage,
  StageMetrics,
  StageTimes,
} from './metrics.js';
export { STAGES } from './metrics.js';
export type { VirtualBackgroundOptions } from './options.js';
export type {
  Budget,
  EffectScale,
  FramesPerSegmentation,
  QualityName,
  QualityOption,
  QualityOptions,
  Rung,
  RungOptions,
} from './quality.js';
export type { QualityChange, QualityChangeKind } from './quality-controller.js';
export type { Timing } from './sampling.js';
export type {
  Detail,
  ImageSegmenterOptions,
  SegmentedImage,
  SegmentOptions,
  StillEffect,
  StillOutput,
  StillSource,
} from './still.js';
export { ImageSegmenter, segmentImage } from './still.js';
export type { Backend, BackendChoice, Support, SupportOptions } from './support.js';
export type { ChangeOptions, FrameOptions, VirtualBackgroundEvents } from './virtual-background.js';
export { VirtualBackground } from './virtual-background.js';
