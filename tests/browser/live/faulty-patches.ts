/**
 * Makes the browser fail on command, in the SDK's worker. The SDK does not depend on it. Commands arrive on a channel and are
 * answered once they are in effect.
 */
import { CHANNEL, type Failure } from './fault-channel.js';

const devices: GPUDevice[] = [];
const contexts: WebGL2RenderingContext[] = [];
let refusesGpu = false;
/** What the next call of a kind does instead of the browser. */
const once = new Map<Replaceable, () => unknown>();

/** Calls that can fail once. */
type Replaceable = 'submit' | 'draw' | 'copyTo' | 'instantiate';

if (typeof GPUAdapter !== 'undefined') {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    if (refusesGpu) throw new DOMException('the driver has gone', 'OperationError');
    const device = await requestDevice.call(this, descriptor);
    devices.push(device);
    return device;
  };
  replaceable(GPUQueue.prototype, 'submit', 'submit');
  replaceable(GPUDevice.prototype, 'createCommandEncoder', 'draw');
}
const { getContext } = OffscreenCanvas.prototype;
OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...args: unknown[]) {
  if (refusesGpu && args[0] === 'webgl2') return null;
  const context = (getContext as (...args: unknown[]) => unknown).apply(this, args);
  if (context instanceof WebGL2RenderingContext) contexts.push(context);
  return context;
} as typeof getContext;
replaceable(WebGL2RenderingContext.prototype, 'drawArrays', 'draw');
replaceable(WebGL2RenderingContext.prototype, 'drawArraysInstanced', 'draw');
if (typeof VideoFrame !== 'undefined') replaceable(VideoFrame.prototype, 'copyTo', 'copyTo');
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, args) {
    instead('instantiate');
    return Reflect.construct(target, args);
  },
});

/** Does what replaces the next call of a kind, if anything. */
function instead(name: Replaceable): unknown {
  const replacement = once.get(name);
  once.delete(name);
  return replacement?.();
}

/** Makes a method check `once` before each call. */
function replaceable<Target extends object>(
  target: Target,
  method: keyof Target & string,
  name: Replaceable,
): void {
  const original = target[method] as (...args: unknown[]) => unknown;
  target[method] = function (this: unknown, ...args: unknown[]) {
    return once.has(name) ? instead(name) : original.apply(this, args);
  } as Target[keyof Target & string];
}

const failures: Record<Failure, () => void> = {
  'lose-device': () => {
    for (const device of devices.splice(0)) device.destroy();
    for (const context of contexts.splice(0)) context.getExtension('WEBGL_lose_context')?.loseContext();
  },
  'refuse-gpu': () => {
    refusesGpu = true;
  },
  'allow-gpu': () => {
    refusesGpu = false;
  },
  'hang-adapter': () => {
    if (typeof GPU !== 'undefined') GPU.prototype.requestAdapter = () => new Promise(() => {});
  },
  'throw-in-submit': () => {
    once.set('submit', () => {
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
  // How JavaScript sees a WebAssembly crash. The exception passes through the module's frames as a real one would.
  crash: () => {
    once.set('draw', () => {
      throw new WebAssembly.RuntimeError('unreachable');
    });
  },
  'refuse-instance': () => {
    once.set('instantiate', () => {
      throw new RangeError('WebAssembly.Instance(): Out of memory');
    });
  },
  hang: () => {
    once.set('copyTo', () => new Promise(() => {}));
  },
};

/** The failure that a worker has from its start on, from the hash of its URL. */
const first = globalThis.location.hash.slice(1) as Failure | '';
if (first) failures[first]();

const channel = new BroadcastChannel(CHANNEL);
channel.onmessage = ({ data }: MessageEvent<Failure>) => {
  failures[data]();
  channel.postMessage('done');
};
