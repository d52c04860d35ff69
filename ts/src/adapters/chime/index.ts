/**
 * Virtual backgrounds for the Amazon Chime SDK for JavaScript: a processor, and replacements of the SDK's
 * background filters with the same names. Loads nothing of the SDK.
 *
 * @module cyclorama/chime
 */
export {
  type BackgroundBlurOptions,
  BackgroundBlurStrength,
  BackgroundBlurVideoFrameProcessor,
} from './blur.js';
export type { ProcessorOptions } from './drop-in.js';
export { BackgroundFilterVideoFrameProcessor } from './filter.js';
export type {
  BackgroundBlurProcessor,
  BackgroundReplacementProcessor,
  FilterProcessor,
} from './filter-processors.js';
export type {
  BackgroundBlurVideoFrameProcessorObserver,
  BackgroundFilterOptions,
  BackgroundFilterPaths,
  BackgroundFilterSpec,
  BackgroundFilterVideoFrameProcessorObserver,
  BackgroundReplacementVideoFrameProcessorObserver,
  FilterCPUUtilizationHighEvent,
  FilterFrameDurationHighEvent,
  FilterOptions,
} from './filter-types.js';
export { ChimeVideoFrameProcessor, type ChimeVideoFrameProcessorOptions } from './processor.js';
export {
  type BackgroundReplacementOptions,
  BackgroundReplacementVideoFrameProcessor,
} from './replacement.js';
export type { InitializationMetrics, ProcessorMetrics, SegmentationMetricsObserver } from './sdk-metrics.js';
export {
  type VideoFxBlurStrength,
  type VideoFxConfig,
  type VideoFxPaths,
  VideoFxProcessor,
  type VideoFxSpec,
} from './video-fx.js';
