/**
 * Virtual backgrounds for browser video.
 *
 * @module cyclorama
 */

export type { BackgroundChange } from './page/configuration.js';
export type { BackgroundLogger } from './page/logging.js';
export type { VirtualBackgroundOptions } from './page/options.js';
export type { SegmentedImage } from './page/stills/image-segmenter.js';
export { ImageSegmenter, segmentImage } from './page/stills/image-segmenter.js';
export type {
  ImageSegmenterOptions,
  SegmentOptions,
  StillEffect,
  StillSource,
} from './page/stills/options.js';
export type { Support, SupportOptions } from './page/support.js';
export type { ChangeOptions, FrameOptions, VirtualBackgroundEvents } from './page/virtual-background.js';
export { VirtualBackground } from './page/virtual-background.js';
export type { HostedModelName, Model, ModelFile, ModelName, PackagedModelName } from './shared/assets.js';
export { MODEL_NAMES } from './shared/assets.js';
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
} from './shared/effect.js';
export type { FrameSource, PowerPreference, Precision } from './shared/engine-types.js';
export type { CycloramaErrorCode } from './shared/errors.js';
export { CycloramaError } from './shared/errors.js';
export type { OutputFrame } from './shared/frame.js';
export type { MattingOptions, Refinement } from './shared/matting.js';
export type {
  Clock,
  Distribution,
  FrameCounts,
  FrameSample,
  Memory,
  Metrics,
  MetricsReport,
  Ranges,
  StageMetrics,
  Timing,
} from './shared/metrics.js';
export type { Detail, StillOutput } from './shared/photo.js';
export type { OnFailure } from './shared/protocol.js';
export type {
  Budget,
  FramesPerSegmentation,
  OutputScale,
  QualityChange,
  QualityChangeKind,
  QualityLevel,
  QualityLevelOptions,
  QualityName,
  QualityOption,
  QualityOptions,
} from './shared/quality.js';
export type { Stage, StageTimings } from './shared/stages.js';
export { STAGES } from './shared/stages.js';
export type { Backend, BackendChoice } from './shared/thread-support.js';
