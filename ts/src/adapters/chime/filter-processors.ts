import type { BackgroundFilterVideoFrameProcessor } from './filter.js';

/** The common methods of both processors below. */
export interface FilterProcessor
  extends Pick<BackgroundFilterVideoFrameProcessor, 'process' | 'destroy' | 'addObserver' | 'removeObserver'>,
    Partial<Pick<BackgroundFilterVideoFrameProcessor, 'setEventController'>> {}

/** The SDK's interface of a background blur. */
export interface BackgroundBlurProcessor extends FilterProcessor {
  /** Changes the strength of the blur. */
  setBlurStrength(blurStrength: number): void;
}

/** The SDK's interface of a background replacement. */
export interface BackgroundReplacementProcessor extends FilterProcessor {
  /** Changes the background image. */
  setImageBlob(blob: Blob): Promise<void>;
}
