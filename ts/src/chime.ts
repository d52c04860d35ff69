/**
 * Virtual backgrounds for the Amazon Chime SDK for JavaScript: a processor of this package's own, and the SDK's background
 * filters under their own names, for an app that has them already. Nothing of the SDK is loaded.
 *
 * @module cyclorama/chime
 */
export {
  type BackgroundBlurOptions,
  BackgroundBlurStrength,
  BackgroundBlurVideoFrameProcessor,
} from './chime-blur.js';
export type { ProcessorOptions } from './chime-drop-in.js';
export { BackgroundFilterVideoFrameProcessor } from './chime-filter.js';
export type {
  BackgroundBlurProcessor,
  BackgroundBlurVideoFrameProcessorObserver,
  BackgroundFilterOptions,
  BackgroundFilterPaths,
  BackgroundFilterSpec,
  BackgroundFilterVideoFrameProcessorObserver,
  BackgroundReplacementProcessor,
  BackgroundReplacementVideoFrameProcessorObserver,
  FilterCPUUtilizationHighEvent,
  FilterFrameDurationHighEvent,
  FilterOptions,
  FilterProcessor,
} from './chime-filter-types.js';
export type {
  InitializationMetrics,
  ProcessorMetrics,
  SegmentationMetricsObserver,
} from './chime-hooks.js';
export { ChimeVideoFrameProcessor, type ChimeVideoFrameProcessorOptions } from './chime-processor.js';
export {
  type BackgroundReplacementOptions,
  BackgroundReplacementVideoFrameProcessor,
} from './chime-replacement.js';
export {
  type VideoFxBlurStrength,
  type VideoFxConfig,
  type VideoFxPaths,
  VideoFxProcessor,
  type VideoFxSpec,
} from './chime-video-fx.js';
