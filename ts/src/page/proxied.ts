/**
 * The key of the method that returns the instance behind a Proxy. It is a method because a Proxy may wrap
 * every property it returns, but not a method's result.
 */
const SELF = Symbol('self');

type Owner = { [SELF]?: () => unknown } | null | undefined;

/** Prototypes whose methods find the instance already, or that are the browser's. */
const redirected = new WeakSet<object>([Object.prototype, EventTarget.prototype]);

/**
 * Makes an instance with `#private` members callable through a Proxy, such as a store's. Methods and
 * accessors run on the instance itself. Call it in the constructor of each public class.
 *
 * It covers the methods of subclasses and of {@link TypedEventTarget}, which also refuse a Proxy.
 * TypeScript's `private` would not suffice: the Proxy would then wrap tracks, streams and workers, which
 * browsers refuse.
 *
 * The instance holds no reactive state, so it opts out of Vue's wrapping, as `markRaw` does.
 */
export function surviveProxies(instance: object): void {
  // Configurable and writable, so that a Proxy may return another value and a store may copy them.
  const hidden = { configurable: true, writable: true };
  Object.defineProperties(instance, {
    [SELF]: { ...hidden, value: () => instance },
    __v_skip: { ...hidden, value: true },
  });
  let prototype: object | null = Object.getPrototypeOf(instance);
  while (prototype && !redirected.has(prototype)) {
    redirected.add(prototype);
    redirect(prototype);
    prototype = Object.getPrototypeOf(prototype);
  }
}

function redirect(prototype: object): void {
  for (const key of Reflect.ownKeys(prototype)) {
    const property = Object.getOwnPropertyDescriptor(prototype, key);
    if (key === 'constructor' || !property?.configurable) continue;
    if (typeof property.value === 'function') property.value = onInstance(property.value);
    if (property.get) property.get = onInstance(property.get);
    if (property.set) property.set = onInstance(property.set);
    Object.defineProperty(prototype, key, property);
  }
}

function onInstance<Args extends unknown[], Result>(
  method: (...args: Args) => Result,
): (...args: Args) => Result {
  return function (this: Owner, ...args) {
    return Reflect.apply(method, this?.[SELF]?.() ?? this, args);
  };
}
