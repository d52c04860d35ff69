import { surviveProxies } from './proxied.js';

/** An `EventTarget` that knows the type of each of its events; `Events` maps names to event types. */
export interface TypedEventTarget<Events>
  extends Omit<EventTarget, 'addEventListener' | 'removeEventListener'> {
  addEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: (event: Events[Type]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: (event: Events[Type]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
}

/** The browser's methods take no Proxy for their target, unlike these, which find it. */
class Target extends EventTarget {
  constructor() {
    super();
    surviveProxies(this);
  }

  override addEventListener(...given: Parameters<EventTarget['addEventListener']>): void {
    super.addEventListener(...given);
  }

  override removeEventListener(...given: Parameters<EventTarget['removeEventListener']>): void {
    super.removeEventListener(...given);
  }

  override dispatchEvent(event: Event): boolean {
    return super.dispatchEvent(event);
  }
}

/** The browser's `EventTarget`, to be extended with typed events. */
export const TypedEventTarget = Target as {
  new <Events>(): TypedEventTarget<Events>;
};
