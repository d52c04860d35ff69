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

/** The browser's `EventTarget`, to be extended with typed events. */
export const TypedEventTarget = EventTarget as {
  new <Events>(): TypedEventTarget<Events>;
};
