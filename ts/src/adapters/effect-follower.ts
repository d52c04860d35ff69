import type { VirtualBackground } from '../page/virtual-background.js';
import { type Effect, isSameEffect } from '../shared/effect.js';

/** One request. Several may be for the same effect. */
interface Request {
  readonly effect: Effect;
}

/**
 * Keeps a background's effect in step with a changing value, such as a prop of a component that cannot
 * await changes.
 */
export class EffectFollower {
  readonly #background: Pick<VirtualBackground, 'setEffect'>;
  readonly #settle: (failure?: unknown) => void;
  readonly #end: AbortSignal;
  #request: Request;
  #failure: unknown;

  /**
   * @param effect the effect that the background was created with
   * @param settle receives the failure of the last request, or nothing if it succeeded. It is called neither
   *   for superseded requests nor with the same failure again: a component that creates a new source on each
   *   failure would never stop
   * @param end stops all notifications once it aborts
   */
  constructor(
    background: Pick<VirtualBackground, 'setEffect'>,
    effect: Effect,
    settle: (failure?: unknown) => void,
    end: AbortSignal,
  ) {
    this.#background = background;
    this.#settle = settle;
    this.#end = end;
    this.#request = { effect };
  }

  /** Requests an effect, unless the last request was for the same one. */
  follow(effect: Effect): void {
    if (isSameEffect(this.#request.effect, effect)) return;
    const request = { effect };
    this.#request = request;
    const settle = (failure?: unknown) => {
      if (this.#end.aborted || this.#request !== request || String(this.#failure) === String(failure)) return;
      this.#failure = failure;
      this.#settle(failure);
    };
    this.#background.setEffect(effect).then(() => settle(), settle);
  }
}
