/**
 * Makes the browser fail on command, in the worker that the SDK works in: the SDK itself knows nothing of it. Commands come
 * over a channel and are answered when they are in force.
 */

/** What can be made to fail. */
export type Failure =
  /** All GPU devices and WebGL contexts are gone. */
  | 'lose-device'
  /** No device is to be had, until `allow-device`. */
  | 'refuse-device'
  | 'allow-device'
  /** The next work that is handed to the GPU is refused by an exception. */
  | 'throw-in-submit'
  /** A device says that some work was invalid. */
  | 'gpu-error'
  /** A device says that its memory is used up. */
  | 'out-of-memory'
  /** The wasm module traps. */
  | 'trap'
  /** The browser never gives the pixels of the next frame. */
  | 'hang';

/** The name of the channel. */
export const CHANNEL = 'cyclorama-faults';

const devices: GPUDevice[] = [];
const contexts: WebGL2RenderingContext[] = [];
let refusing = false;
/** What the next call of a kind does in place of the browser. */
const once = new Map<'submit' | 'now' | 'copyTo' | 'createImageBitmap', () => unknown>();

if (typeof GPUAdapter !== 'undefined') {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    if (refusing) throw new DOMException('the driver has gone', 'OperationError');
    const device = await requestDevice.call(this, descriptor);
    devices.push(device);
    return device;
  };
  replaceable(GPUQueue.prototype, 'submit', 'submit');
}
const { getContext } = OffscreenCanvas.prototype;
OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...args: unknown[]) {
  const context = (getContext as (...args: unknown[]) => unknown).apply(this, args);
  if (context instanceof WebGL2RenderingContext) contexts.push(context);
  return context;
} as typeof getContext;
replaceable(Performance.prototype, 'now', 'now');
if (typeof VideoFrame !== 'undefined') replaceable(VideoFrame.prototype, 'copyTo', 'copyTo');

/** Has `once` looked at before each call of a method. */
function replaceable<Target extends object>(
  target: Target,
  method: keyof Target & string,
  name: 'submit' | 'now' | 'copyTo',
): void {
  const original = target[method] as (...args: unknown[]) => unknown;
  target[method] = function (this: unknown, ...args: unknown[]) {
    const instead = once.get(name);
    once.delete(name);
    return instead ? instead() : original.apply(this, args);
  } as Target[keyof Target & string];
}

const failures: Record<Failure, () => void> = {
  'lose-device': () => {
    for (const device of devices.splice(0)) device.destroy();
    for (const context of contexts.splice(0)) context.getExtension('WEBGL_lose_context')?.loseContext();
  },
  'refuse-device': () => {
    refusing = true;
  },
  'allow-device': () => {
    refusing = false;
  },
  'throw-in-submit': () => {
    once.set('submit', () => {
      throw new DOMException('the queue is not to be had', 'OperationError');
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
  // What a trap is to JavaScript; it passes through the module's frames as one would.
  trap: () => {
    once.set('now', () => {
      throw new WebAssembly.RuntimeError('unreachable');
    });
  },
  hang: () => {
    once.set('copyTo', () => new Promise(() => {}));
  },
};

const channel = new BroadcastChannel(CHANNEL);
channel.onmessage = ({ data }: MessageEvent<Failure>) => {
  failures[data]();
  channel.postMessage('done');
};
