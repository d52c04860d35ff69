import { type Effect, isSameEffect } from './effect.js';
import type { VirtualBackground } from './virtual-background.js';

/** What stands behind the person until the first effect after `none` is loaded, and if it never is: {@link NEUTRAL}. */
const PLAIN: Effect = { kind: 'color', color: '#202124', lightWrap: 0 };

/** One of several, which may be of the same effect. */
interface Wish {
  readonly effect: Effect;
}

/**
 * Gives a background the effect that is wished for at each moment, for whoever does not wait for the answer: where an effect
 * cannot be had, `none` does not come back as another one before it would.
 */
export class EffectFollower {
  readonly #background: Pick<VirtualBackground, 'setEffect' | 'destroy'>;
  readonly #settle: (failure?: unknown) => void;
  readonly #end: AbortSignal;
  #wish: Wish;
  #failure: unknown;
  /** Whether a change that fails would show the camera as it is. */
  #isBare: boolean;

  /**
   * @param effect what the background was made with
   * @param settle told why the last wish has failed, or that it has not; not of those that another took the place of, and not
   *   the same again: whoever writes a new source whenever told of a failure would never come to an end
   * @param end once it is aborted, nothing is told any more
   */
  constructor(
    background: Pick<VirtualBackground, 'setEffect' | 'destroy'>,
    effect: Effect,
    settle: (failure?: unknown) => void,
    end: AbortSignal,
  ) {
    this.#background = background;
    this.#settle = settle;
    this.#end = end;
    this.#wish = { effect };
    this.#isBare = effect.kind === 'none';
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
    this.#change(wish).then(() => settle(), settle);
  }

  async #change(wish: Wish): Promise<void> {
    const { effect } = wish;
    if (effect.kind === 'none') this.#isBare = true;
    else if (this.#isBare) await this.#cover(wish);
    if (this.#wish === wish) await this.#background.setEffect(effect);
  }

  async #cover(wish: Wish): Promise<void> {
    try {
      await this.#background.setEffect(PLAIN);
    } catch (cause) {
      // Nothing else is left that shows no camera.
      if (this.#wish === wish) void this.#background.destroy();
      throw cause;
    }
    if (this.#wish === wish) this.#isBare = false;
  }
}
