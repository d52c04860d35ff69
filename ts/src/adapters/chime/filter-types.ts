import type { Logger, ModelSpec } from 'amazon-chime-sdk-js';
import type { ProcessorOptions } from './drop-in.js';

/** What the SDK's first two filters are told alike. */
export interface BackgroundFilterOptions {
  /**
   * What is told how it goes.
   *
   * @default the console, for warnings and errors
   */
  logger?: Logger;
  /**
   * The least time between two reports to observers, in milliseconds.
   *
   * @default 1000
   * @example 5000
   */
  reportingPeriodMillis?: number;
  /**
   * The share of the time, in percent above 0 and at most 100, from which observers are told `filterCPUUtilizationHigh`.
   * Given, it is the `budget` of `quality: 'auto'` as well.
   *
   * @default 30, and the default budget
   * @example 50
   */
  filterCPUUtilization?: number;
}

/** The options of the SDK's first two filters, and this package's own. */
export interface FilterOptions extends BackgroundFilterOptions, ProcessorOptions {}

/** Where the SDK loads its first two filters from. Taken, and ignored with a line to the logger. */
export interface BackgroundFilterSpec {
  paths?: BackgroundFilterPaths;
  /** The SDK's network; ours is the option `model`. */
  model?: ModelSpec;
  assetGroup?: string;
  revisionID?: string;
}

/** The addresses of the SDK's own files. */
export interface BackgroundFilterPaths {
  worker: string;
  wasm: string;
  simd: string;
}

/** Who is told that a filter takes long, at most once in `reportingPeriodMillis`. */
export interface BackgroundFilterVideoFrameProcessorObserver {
  /** Frames took 80 % of the time between two of them, or more. */
  filterFrameDurationHigh?: (event: FilterFrameDurationHighEvent) => void;
  /** Frames took `filterCPUUtilization` percent of the time, or more. */
  filterCPUUtilizationHigh?: (event: FilterCPUUtilizationHighEvent) => void;
}

/** The SDK's name for an observer of the blur. */
export type BackgroundBlurVideoFrameProcessorObserver = BackgroundFilterVideoFrameProcessorObserver;

/** The SDK's name for an observer of the replacement. */
export type BackgroundReplacementVideoFrameProcessorObserver = BackgroundFilterVideoFrameProcessorObserver;

/** How long frames took; times in milliseconds. */
export interface FilterFrameDurationHighEvent {
  /** How many frames fewer came out than the camera gave. */
  framesDropped: number;
  /** The mean time until a frame's picture was there. */
  avgFilterDurationMillis: number;
  /** Frames a second of the camera. */
  framerate: number;
  /** How long is reported of. */
  periodMillis: number;
}

/** How much of the time frames took; times in milliseconds. */
export interface FilterCPUUtilizationHighEvent {
  /** In percent. */
  cpuUtilization: number;
  /** All frames together. */
  filterMillis: number;
  /** How long is reported of. */
  periodMillis: number;
}
