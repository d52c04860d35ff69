import type { DisplayState, OnFailure } from '../shared/protocol.js';

/** What may be shown in a frame's place. */
export type ShownFrame =
  /** The person before the background. */
  | 'composite'
  /** The camera as it is. */
  | 'raw'
  /** The last picture that was made. */
  | 'frozen'
  /** A picture without a pixel of the camera. */
  | 'hidden';

/**
 * Decides what may be shown, and is the only place that does.
 *
 * The rule: a frame comes out under a mask that was made for it, or not at all. The camera comes out only while the
 * caller asks for it by name, which is looked at again after each wait, as a frame that was under way while that
 * changed must not come out by what held before.
 */
export class PrivacyGate {
  readonly #onFailure: OnFailure;
  #display: DisplayState;
  #open = true;

  constructor(display: DisplayState, onFailure: OnFailure) {
    this.#display = display;
    this.#onFailure = onFailure;
  }

  /** Whether the last picture has to be kept, as a failure may ask for it. */
  get keepsLast(): boolean {
    return this.#onFailure === 'freeze';
  }

  /** Whether the caller wants the camera as it is. */
  get wantsCamera(): boolean {
    return this.#display === 'camera';
  }

  /** The caller wants something else behind the person, from now on. */
  setDisplay(display: DisplayState): void {
    this.#display = display;
  }

  /** Shows nothing of a camera any more, for good. */
  shut(): void {
    this.#open = false;
  }

  /** How a frame is to be treated; `ready` is true while there is an engine that works. */
  beforeFrame(ready: boolean): ShownFrame {
    if (!this.#open) return 'hidden';
    switch (this.#display) {
      case 'camera':
        return 'raw';
      case 'nothing':
        return 'hidden';
      case 'background':
        return ready ? 'composite' : this.#instead();
    }
  }

  /** What is shown of a frame that could not be composited; asked for when it has failed. */
  afterFailure(): ShownFrame {
    if (!this.#open || this.#display !== 'background') return 'hidden';
    return this.#instead();
  }

  /** Whether a picture of the camera, made meanwhile for the sake of `reason`, may still be shown. */
  stillRaw(reason: 'wanted' | 'failed'): boolean {
    if (reason === 'failed') return this.afterFailure() === 'raw';
    return this.#open && this.#display === 'camera';
  }

  #instead(): ShownFrame {
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
