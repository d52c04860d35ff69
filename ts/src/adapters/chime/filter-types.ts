import type { Logger, ModelSpec } from 'amazon-chime-sdk-js';
import type { ProcessorOptions } from './drop-in.js';

/** Options shared by both V1 filters, background blur and background replacement. */
export interface BackgroundFilterOptions {
  /**
   * Receives log messages.
   *
   * @default the console, for warnings and errors
   */
  logger?: Logger;
  /**
   * Sets the minimum time between two notifications of observers, in milliseconds.
   *
   * @default 1000
   * @example 5000
   */
  reportingPeriodMillis?: number;
  /**
   * Sets the processing time, in percent of all time, from which observers receive
   * `filterCPUUtilizationHigh`. Above 0 and at most 100. If you set it, it is also the `budget` of
   * `quality: 'auto'`.
   *
   * @default 30
   * @example 50
   */
  filterCPUUtilization?: number;
}

/** The options of the V1 filters, and this package's own. */
export interface FilterOptions extends BackgroundFilterOptions, ProcessorOptions {}

/** The SDK's description of the files of the V1 filters. It is ignored with a warning to the logger. */
export interface BackgroundFilterSpec {
  paths?: BackgroundFilterPaths;
  /** The SDK's model. Use the option `model` instead. */
  model?: ModelSpec;
  assetGroup?: string;
  revisionID?: string;
}

/** The URLs of the SDK's files. */
export interface BackgroundFilterPaths {
  worker: string;
  wasm: string;
  simd: string;
}

/** Receives notifications about slow filters, at most once per `reportingPeriodMillis`. */
export interface BackgroundFilterVideoFrameProcessorObserver {
  /** Frames took 80 % of the frame interval, or more. */
  filterFrameDurationHigh?: (event: FilterFrameDurationHighEvent) => void;
  /** Frames took `filterCPUUtilization` percent of all time, or more. */
  filterCPUUtilizationHigh?: (event: FilterCPUUtilizationHighEvent) => void;
}

/** The SDK's name of the observer of a background blur. */
export type BackgroundBlurVideoFrameProcessorObserver = BackgroundFilterVideoFrameProcessorObserver;

/** The SDK's name of the observer of a background replacement. */
export type BackgroundReplacementVideoFrameProcessorObserver = BackgroundFilterVideoFrameProcessorObserver;

/** The processing time of frames, in milliseconds. */
export interface FilterFrameDurationHighEvent {
  /** How many of the camera's frames were not output. */
  framesDropped: number;
  /** The mean time from a frame's submission to its output. */
  avgFilterDurationMillis: number;
  /** The camera's frames per second. */
  framerate: number;
  /** The length of the reported period. */
  periodMillis: number;
}

/** The fraction of all time that frames took, with times in milliseconds. */
export interface FilterCPUUtilizationHighEvent {
  /** Processing time in percent of all time. */
  cpuUtilization: number;
  /** The total processing time. */
  filterMillis: number;
  /** The length of the reported period. */
  periodMillis: number;
}
