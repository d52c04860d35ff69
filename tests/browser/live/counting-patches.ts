/**
 * Counts, on the page and in the SDK's worker, the resources that are acquired from the browser and must be released. The SDK
 * does not depend on it.
 */

/** What one thread holds at one time. */
export interface Holdings {
  /** Frames opened here minus those closed here. A frame that moves to another thread is closed there. */
  frames: number;
  /** Bitmaps, counted like frames. */
  bitmaps: number;
  /** Bytes of GPU buffers and textures that were neither destroyed nor, if the browser allows it, collected. */
  gpu: number;
  /** Buffers, textures and similar objects of WebGL contexts that were not deleted. */
  webgl: number;
  /** The page's videos that have a source. */
  videos: number;
  /** Bytes of the WebAssembly modules' memories. */
  wasm: number;
  /** Bytes of JavaScript's heap, after a garbage collection if the browser allows one. */
  heap: number;
}

/** The name of the channel on which a worker reports what it holds. */
export const CHANNEL = 'cyclorama-holdings';

let [frames, bitmaps, webgl] = [0, 0, 0];
/** Bytes by number. References to the resources themselves would prevent their collection. */
const resources = new Map<number, number>();
const numbers = new WeakMap<object, number>();
const collected = new FinalizationRegistry<number>((number) => resources.delete(number));
let made = 0;
const memories = new Set<WebAssembly.Memory>();

const BrowserFrame = globalThis.VideoFrame;
globalThis.VideoFrame = new Proxy(BrowserFrame, {
  construct(target, args) {
    frames += 1;
    return Reflect.construct(target, args);
  },
});
before(BrowserFrame.prototype, 'clone', () => {
  frames += 1;
});
before(BrowserFrame.prototype, 'close', (frame) => {
  if ((frame as VideoFrame).codedWidth > 0) frames -= 1;
});

if (typeof GPUDevice !== 'undefined') {
  after(GPUDevice.prototype, 'createBuffer', (buffer) => hold(buffer, buffer.size));
  after(GPUDevice.prototype, 'createTexture', (texture) => {
    // The SDK's textures have four or eight bytes per pixel. Only growth matters here.
    hold(texture, texture.width * texture.height * texture.depthOrArrayLayers * 4);
  });
  before(GPUBuffer.prototype, 'destroy', (buffer) => release(buffer));
  before(GPUTexture.prototype, 'destroy', (texture) => release(texture));
}

const decode = globalThis.createImageBitmap;
globalThis.createImageBitmap = (async (...args: Parameters<typeof decode>) => {
  const bitmap = await decode(...args);
  bitmaps += 1;
  return bitmap;
}) as typeof decode;
before(OffscreenCanvas.prototype, 'transferToImageBitmap', () => {
  bitmaps += 1;
});
before(ImageBitmap.prototype, 'close', (bitmap) => {
  if ((bitmap as ImageBitmap).width > 0) bitmaps -= 1;
});

for (const kind of ['Buffer', 'Framebuffer', 'Renderbuffer', 'Texture', 'VertexArray'] as const) {
  before(WebGL2RenderingContext.prototype, `create${kind}`, () => {
    webgl += 1;
  });
  before(WebGL2RenderingContext.prototype, `delete${kind}`, (_, object) => {
    if (object) webgl -= 1;
  });
}

const videos: HTMLVideoElement[] = [];
if (typeof Document !== 'undefined') {
  after(Document.prototype, 'createElement', (element) => {
    if (element instanceof HTMLVideoElement) videos.push(element);
  });
}

for (const name of ['instantiate', 'instantiateStreaming'] as const) {
  const original = WebAssembly[name] as (...args: unknown[]) => Promise<unknown>;
  WebAssembly[name] = (async (...args: unknown[]) => {
    const made = await original(...args);
    const { exports } =
      made instanceof WebAssembly.Instance ? made : (made as { instance: WebAssembly.Instance }).instance;
    if (exports.memory instanceof WebAssembly.Memory) memories.add(exports.memory);
    return made;
  }) as never;
}

function hold(resource: object, bytes: number): void {
  made += 1;
  resources.set(made, bytes);
  numbers.set(resource, made);
  collected.register(resource, made);
}

function release(resource: object): void {
  const number = numbers.get(resource);
  if (number !== undefined) resources.delete(number);
}

/** What this thread holds. */
export async function holdings(): Promise<Holdings> {
  const { gc } = globalThis as { gc?: () => void };
  // Collected memory is released some tasks later, and may have held other memory.
  let held = Number.NaN;
  for (let [round, still] = [0, 0]; gc && still < 5 && round < 40; round += 1) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
    still = held === resources.size ? still + 1 : 0;
    held = resources.size;
  }
  const { memory } = performance as { memory?: { usedJSHeapSize: number } };
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, number) => total + number, 0);
  return {
    frames,
    bitmaps,
    gpu: sum(resources.values()),
    webgl,
    videos: videos.filter((video) => video.hasAttribute('src') || video.srcObject !== null).length,
    wasm: sum([...memories].map(({ buffer }) => buffer.byteLength)),
    heap: memory?.usedJSHeapSize ?? 0,
  };
}

function before<Target extends object>(
  target: Target,
  method: keyof Target & string,
  note: (self: object, argument: unknown) => void,
): void {
  const original = target[method] as (...args: unknown[]) => unknown;
  target[method] = function (this: object, ...args: unknown[]) {
    note(this, args[0]);
    return original.apply(this, args);
  } as Target[keyof Target & string];
}

function after<Target extends object, Method extends keyof Target & string>(
  target: Target,
  method: Method,
  note: (made: Target[Method] extends (...args: never) => infer Made ? Made : never) => void,
): void {
  const original = target[method] as (...args: unknown[]) => never;
  target[method] = function (this: object, ...args: unknown[]) {
    const made = original.apply(this, args);
    note(made);
    return made;
  } as Target[Method];
}
