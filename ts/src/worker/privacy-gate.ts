import type { DisplayState, OnFailure } from '../shared/protocol.js';

/** The output for a frame. */
export type ShownFrame =
  /** The person in front of the virtual background. */
  | 'composite'
  /** The raw camera frame. */
  | 'raw'
  /** The last processed frame again. */
  | 'frozen'
  /** The placeholder frame: the background alone or black, without a pixel of the camera. */
  | 'hidden';

/**
 * Decides what each frame may show. This is the only place of that decision.
 *
 * A frame is shown only with a mask of its own or one reused within 100 ms. The raw camera is shown only while the caller
 * explicitly requests it. The pipeline checks this again after each await, because the caller may have changed it while the frame
 * was processed.
 */
export class PrivacyGate {
  readonly #onFailure: OnFailure;
  #display: DisplayState;
  #open = true;

  constructor(display: DisplayState, onFailure: OnFailure) {
    this.#display = display;
    this.#onFailure = onFailure;
  }

  /** Whether a failure may repeat the last processed frame. */
  get keepsLast(): boolean {
    return this.#onFailure === 'freeze';
  }

  /** Whether the caller requests the raw camera. */
  get wantsCamera(): boolean {
    return this.#display === 'camera';
  }

  /** Sets the requested output, with immediate effect. */
  setDisplay(display: DisplayState): void {
    this.#display = display;
  }

  /** Hides all further frames. Cannot be undone. */
  shut(): void {
    this.#open = false;
  }

  /** Returns the output for the next frame. `ready` is true while an engine is available. */
  beforeFrame(ready: boolean): ShownFrame {
    if (!this.#open) return 'hidden';
    switch (this.#display) {
      case 'camera':
        return 'raw';
      case 'nothing':
        return 'hidden';
      case 'background':
        return ready ? 'composite' : this.#onFailureOutput();
    }
  }

  /** Returns the output for a frame whose processing has failed. Call it after the failure. */
  afterFailure(): ShownFrame {
    if (!this.#open || this.#display !== 'background') return 'hidden';
    return this.#onFailureOutput();
  }

  /** Whether a copy of the camera frame, made because of `reason`, may still be shown. */
  stillRaw(reason: 'wanted' | 'failed'): boolean {
    if (reason === 'failed') return this.afterFailure() === 'raw';
    return this.#open && this.#display === 'camera';
  }

  #onFailureOutput(): ShownFrame {
    switch (this.#onFailure) {
      case 'hide':
        return 'hidden';
      case 'freeze':
        return 'frozen';
      case 'passthrough':
        return 'raw';
    }
  }
}
