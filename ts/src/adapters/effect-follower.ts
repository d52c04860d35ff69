import type { VirtualBackground } from '../page/virtual-background.js';
import { type Effect, isSameEffect } from '../shared/effect.js';

/** One of several, which may be of the same effect. */
interface Wish {
  readonly effect: Effect;
}

/** Gives a background the effect that is wished for at each moment, for whoever does not wait for the answer. */
export class EffectFollower {
  readonly #background: Pick<VirtualBackground, 'setEffect'>;
  readonly #settle: (failure?: unknown) => void;
  readonly #end: AbortSignal;
  #wish: Wish;
  #failure: unknown;

  /**
   * @param effect what the background was made with
   * @param settle told why the last wish has failed, or that it has not; not of those that another took the place of, and not
   *   the same again: whoever writes a new source whenever told of a failure would never come to an end
   * @param end once it is aborted, nothing is told any more
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
    this.#wish = { effect };
  }

  /** Does nothing where the last wish said the same. */
  follow(effect: Effect): void {
    if (isSameEffect(this.#wish.effect, effect)) return;
    const wish = { effect };
    this.#wish = wish;
    const settle = (failure?: unknown) => {
      if (this.#end.aborted || this.#wish !== wish || String(this.#failure) === String(failure)) return;
      this.#failure = failure;
      this.#settle(failure);
    };
    this.#background.setEffect(effect).then(() => settle(), settle);
  }
}
