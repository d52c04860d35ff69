import type { BackgroundFilterVideoFrameProcessor } from './filter.js';

/** What both processors below can do. */
export interface FilterProcessor
  extends Pick<BackgroundFilterVideoFrameProcessor, 'process' | 'destroy' | 'addObserver' | 'removeObserver'>,
    Partial<Pick<BackgroundFilterVideoFrameProcessor, 'setEventController'>> {}

/** What an app needs of a blur. */
export interface BackgroundBlurProcessor extends FilterProcessor {
  /** Blurs more or less. */
  setBlurStrength(blurStrength: number): void;
}

/** What an app needs of a replacement. */
export interface BackgroundReplacementProcessor extends FilterProcessor {
  /** Shows another picture. */
  setImageBlob(blob: Blob): Promise<void>;
}
