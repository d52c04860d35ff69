import type { ParsedEffect } from '../shared/effect.js';
import type { DisplayState, PipelineSetup } from '../shared/protocol.js';
import { isRecord } from '../shared/validation.js';

/**
 * Decides which output the page requests of the pipeline. The camera is shown only while effect `none` is
 * current and no other effect was requested since, whether that request succeeds or not.
 */
export class DisplayPolicy {
  #requests = 0;
  #isCameraAllowed: boolean;

  /** @param effect the first effect */
  constructor(effect: ParsedEffect) {
    this.#isCameraAllowed = effect.kind === 'none';
  }

  /** The number of the last request, for {@link commit}. */
  get lastRequest(): number {
    return this.#requests;
  }

  /** Records a requested effect. `undefined` means an invalid one, which also hides the camera. */
  request(effect: ParsedEffect | undefined): void {
    this.#requests += 1;
    if (effect?.kind !== 'none') this.#isCameraAllowed = false;
  }

  /**
   * Records that a requested effect has become current. Effect `none` shows the camera only if it was the
   * last request.
   */
  commit(effect: ParsedEffect, request: number): void {
    this.#isCameraAllowed = effect.kind === 'none' && request === this.#requests;
  }

  /** Returns the display state while `effect` is current. */
  displayOf(effect: ParsedEffect): DisplayState {
    if (effect.kind !== 'none') return 'background';
    return this.#isCameraAllowed ? 'camera' : 'nothing';
  }
}

/**
 * Whether a frame that shows the camera may be returned. The answer may have changed while the frame was
 * processed.
 */
export function mayShowCamera({ display, onFailure }: PipelineSetup): boolean {
  return display === 'camera' || (display === 'background' && onFailure === 'passthrough');
}

/** Whether an invalid change has an effect other than `none`. Then the camera must no longer be shown. */
export function mayCover(change: unknown): boolean {
  try {
    const effect = isRecord(change) ? change.effect : undefined;
    return effect !== undefined && !(isRecord(effect) && effect.kind === 'none');
  } catch {
    return true;
  }
}
