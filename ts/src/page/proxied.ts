/**
 * The way from a Proxy back to the instance. A function, so that a Proxy that wraps all that is read of it does not wrap what
 * this gives.
 */
const SELF = Symbol('self');

type Owner = { [SELF]?: () => unknown } | null | undefined;

/** Prototypes whose methods find the instance by themselves, or are not ours to change. */
const redirected = new WeakSet<object>([Object.prototype, EventTarget.prototype]);

/**
 * Lets an instance of a class with private members be called through a Proxy, such as that of a store: methods and accessors
 * run on the instance, whatever they are called on. Call it in the constructor of each public class.
 *
 * Subclasses are included, so that what they override is what runs, and {@link TypedEventTarget}s, whose own methods
 * take no Proxy either. Private members instead of `#private` ones would not do: a Proxy that wraps what is read of it would
 * then reach tracks, streams and workers, which take no Proxy.
 *
 * Vue leaves the instance as it is, as after its `markRaw`: nothing of it is state to be followed.
 */
export function surviveProxies(instance: object): void {
  // Configurable and writable: a Proxy may have to give another value, and stores that copy properties copy these.
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

function onInstance<Given extends unknown[], Result>(
  method: (...given: Given) => Result,
): (...given: Given) => Result {
  return function (this: Owner, ...given) {
    return Reflect.apply(method, this?.[SELF]?.() ?? this, given);
  };
}
