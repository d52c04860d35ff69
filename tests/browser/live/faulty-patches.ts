/**
 * Makes the browser fail on command, in the thread that processes frames: the SDK's worker, or the page. The SDK does not depend on
 * it.
 */
import type { Failure } from './fault-channel.js';

const devices: GPUDevice[] = [];
const contexts: WebGL2RenderingContext[] = [];
const memories: WebAssembly.Memory[] = [];
const refusing = { devices: false, others: false };
/** What the next calls of a kind do instead, in order. */
const replacements = new Map<Replaceable, Replacement[]>();

/** Calls that can fail. */
type Replaceable = 'submit' | 'clock' | 'copyTo' | 'length' | 'instantiate' | 'frame' | 'message';
type Replacement = (call: () => unknown) => unknown;

if (typeof GPUAdapter !== 'undefined') {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    if (refusing.devices) throw new DOMException('the driver has gone', 'OperationError');
    const device = await requestDevice.call(this, descriptor);
    devices.push(device);
    return device;
  };
  replaceable(GPUQueue.prototype, 'submit', 'submit');
  hideEmulation(GPUAdapter.prototype);
}
const { getContext } = OffscreenCanvas.prototype;
OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...args: unknown[]) {
  if (refusing.others && args[0] === 'webgl2') return null;
  const context = (getContext as (...args: unknown[]) => unknown).apply(this, args);
  if (context instanceof WebGL2RenderingContext) contexts.push(context);
  return context;
} as typeof getContext;
replaceable(VideoFrame.prototype, 'copyTo', 'copyTo');
replaceable(VideoFrame.prototype, 'allocationSize', 'length');
globalThis.VideoFrame = new Proxy(VideoFrame, {
  construct: (target, args) => instead('frame', () => Reflect.construct(target, args)) as VideoFrame,
});
const { postMessage } = MessagePort.prototype;
MessagePort.prototype.postMessage = function (this: MessagePort, ...args: unknown[]) {
  const post = () => (postMessage as (...args: unknown[]) => void).apply(this, args);
  // Results with an image transfer it. Reports transfer nothing.
  if (Array.isArray(args[1]) && args[1].length > 0) instead('message', post);
  else post();
} as typeof postMessage;

WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, [module, imports]) {
    if (refusing.others) outOfMemory();
    return instead('instantiate', () => keepMemory(new target(module, withFaultyClock(imports)))) as object;
  },
});
const { instantiate } = WebAssembly;
WebAssembly.instantiate = (async (module: WebAssembly.Module, imports: WebAssembly.Imports) =>
  keepMemory(await instantiate(module, withFaultyClock(imports)))) as typeof instantiate;

/** Gives emulated GPUs the names of hardware, which `auto` prefers. */
function hideEmulation(prototype: GPUAdapter): void {
  const { get } = Object.getOwnPropertyDescriptor(prototype, 'info') ?? {};
  const names: Partial<GPUAdapterInfo> = { vendor: 'test', architecture: '', device: '', description: '' };
  Object.defineProperty(prototype, 'info', {
    get(this: GPUAdapter) {
      return new Proxy<GPUAdapterInfo>(get?.call(this), {
        get: (info, key) =>
          Reflect.get({ ...names, isFallbackAdapter: false }, key) ?? Reflect.get(info, key),
      });
    },
  });
}

/** The module's imports, with a clock that can throw. An exception passes through the module's functions as a crash does. */
function withFaultyClock(imports: WebAssembly.Imports): WebAssembly.Imports {
  return mapValues(imports, (functions) =>
    mapValues(functions, (value, name) => {
      if (typeof value !== 'function' || !name.startsWith('__wbg_now_')) return value;
      return (...args: unknown[]) => instead('clock', () => value(...args));
    }),
  );
}

function mapValues<Value>(
  values: Record<string, Value>,
  map: (value: Value, name: string) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value, name)]));
}

function keepMemory(instance: WebAssembly.Instance): WebAssembly.Instance {
  if (instance.exports.memory instanceof WebAssembly.Memory) memories.push(instance.exports.memory);
  return instance;
}

/** Makes a method check {@link replacements} before each call. */
function replaceable<Target extends object>(
  target: Target,
  method: keyof Target & string,
  name: Replaceable,
): void {
  const original = target[method] as (...args: unknown[]) => unknown;
  target[method] = function (this: unknown, ...args: unknown[]) {
    return instead(name, () => original.apply(this, args));
  } as Target[keyof Target & string];
}

/** Does what replaces the next call of a kind, or else the call itself. */
function instead(name: Replaceable, call: () => unknown): unknown {
  const replacement = replacements.get(name)?.shift();
  return replacement ? replacement(call) : call();
}

function replace(name: Replaceable, ...calls: Replacement[]): void {
  replacements.set(name, calls);
}

const unchanged: Replacement = (call) => call();

function outOfMemory(): never {
  throw new RangeError('WebAssembly.Instance(): Out of memory');
}

const failures: Record<Failure, () => void> = {
  'lose-engine': () => {
    if (devices.length + contexts.length === 0) failures.crash();
    for (const device of devices.splice(0)) device.destroy();
    for (const context of contexts.splice(0)) context.getExtension('WEBGL_lose_context')?.loseContext();
  },
  'refuse-device': () => {
    refusing.devices = true;
  },
  'refuse-engine': () => {
    refusing.devices = true;
    refusing.others = true;
  },
  'allow-engine': () => {
    refusing.devices = false;
    refusing.others = false;
  },
  'hang-adapter': () => {
    if (typeof GPU !== 'undefined') GPU.prototype.requestAdapter = () => new Promise(() => {});
  },
  'throw-in-submit': () => {
    replace('submit', () => {
      throw new DOMException('the queue is unavailable', 'OperationError');
    });
  },
  'gpu-error': () => {
    const error = new GPUValidationError('the bind group does not fit');
    devices.at(-1)?.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
  },
  'out-of-memory': () => {
    const error = new GPUOutOfMemoryError('the buffer does not fit');
    devices.at(-1)?.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
  },
  crash: () => {
    // The third reading is in the middle of a frame.
    replace('clock', unchanged, unchanged, () => {
      throw new WebAssembly.RuntimeError('unreachable');
    });
  },
  'use-up-memory': () => {
    // A part of an address space that no page of memory is written to costs nothing.
    for (let pages = 65_536; pages >= 1; ) {
      try {
        memories.at(-1)?.grow(pages);
      } catch {
        pages >>= 1;
      }
    }
  },
  'refuse-instance': () => {
    replace('instantiate', outOfMemory);
  },
  'hang-copy': () => {
    replace('copyTo', () => new Promise(() => {}));
  },
  'refuse-copy': () => {
    replace('copyTo', () => Promise.reject(new DOMException('the frame is not in memory', 'OperationError')));
  },
  'delay-copy': () => {
    replace('copyTo', async (copy) => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return copy();
    });
  },
  'wrong-length': () => {
    replace('length', (call) => Number(call()) + 64);
  },
  'grow-memory': () => {
    replace('copyTo', (copy) => {
      const copying = copy();
      memories.at(-1)?.grow(1);
      return copying;
    });
  },
  'refuse-frames': () => {
    replace('frame', outOfMemory, outOfMemory, outOfMemory);
  },
  'refuse-message': () => {
    replace('message', () => {
      throw new DOMException('the image could not be cloned', 'DataCloneError');
    });
  },
};

/** Causes a failure in this thread. */
export function cause(failure: Failure): void {
  failures[failure]();
}
