import { surviveProxies } from './proxied.js';

/** An `EventTarget` with typed events. `Events` maps event names to event types. */
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

/** An `EventTarget` that also works behind a Proxy, which the browser's methods refuse as their target. */
class Target extends EventTarget {
  constructor() {
    super();
    surviveProxies(this);
  }

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    super.removeEventListener(...args);
  }

  override dispatchEvent(event: Event): boolean {
    return super.dispatchEvent(event);
  }
}

/** The browser's `EventTarget` as a base class with typed events. */
export const TypedEventTarget = Target as {
  new <Events>(): TypedEventTarget<Events>;
};
