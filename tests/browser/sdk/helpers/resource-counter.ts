/** `GPUMapMode.READ` and `GPUBufferUsage.MAP_READ`, which are the same bit. */
const MAP_READ = 1;

/** Counts what the page acquires from the browser and releases, from {@link countResources} on. */
export interface ResourceCounter {
  bitmaps: { opened: number; closed: number };
  frames: { opened: number; closed: number };
  /** Buffers, textures and pipelines created on any GPU device. */
  made: number;
  /** The pipelines among them. */
  pipelines: number;
  /** Requests to read back from the GPU, of any kind. */
  readbacks: number;
  /** Bytes of the largest buffer that was read back; infinite for a texture. */
  largestReadback: number;
  /** Compute dispatches and passes, and submissions to any queue. */
  dispatches: number;
  passes: number;
  submissions: number;
  /** Every GPU device that was created. */
  devices: GPUDevice[];
  /** Restores the browser's own functions. */
  close(): void;
}

/** Loses every GPU device, as a driver reset would, and waits until their owners have been notified. */
export async function loseDevices({ devices }: Pick<ResourceCounter, 'devices'>): Promise<void> {
  for (const device of devices) device.destroy();
  await Promise.all(devices.map(({ lost }) => lost));
}

/** Wraps the browser's functions that open and close, create and read back. */
export function countResources(): ResourceCounter {
  const undo: (() => void)[] = [];
  const resources: ResourceCounter = {
    bitmaps: { opened: 0, closed: 0 },
    frames: { opened: 0, closed: 0 },
    made: 0,
    pipelines: 0,
    readbacks: 0,
    largestReadback: 0,
    dispatches: 0,
    passes: 0,
    submissions: 0,
    devices: [],
    close: () => {
      for (const step of undo.splice(0)) step();
    },
  };

  /** Calls `note` before each call of a method, with its object and arguments. */
  function watch<Target extends object, Name extends keyof Target & string>(
    target: Target,
    name: Name,
    note: (self: unknown, args: unknown[]) => void,
  ): void {
    const original = target[name] as (...args: unknown[]) => unknown;
    function watched(this: unknown, ...args: unknown[]): unknown {
      note(this, args);
      return original.apply(this, args);
    }
    target[name] = watched as Target[Name];
    undo.push(() => {
      target[name] = original as Target[Name];
    });
  }

  watch(window, 'createImageBitmap', () => {
    resources.bitmaps.opened += 1;
  });
  watch(OffscreenCanvas.prototype, 'transferToImageBitmap', () => {
    resources.bitmaps.opened += 1;
  });
  watch(ImageBitmap.prototype, 'close', (self) => {
    if ((self as ImageBitmap).width > 0) resources.bitmaps.closed += 1;
  });
  watch(ImageBitmapRenderingContext.prototype, 'transferFromImageBitmap', (_, [bitmap]) => {
    if (bitmap) resources.bitmaps.closed += 1;
  });

  const BrowserFrame = window.VideoFrame;
  window.VideoFrame = new Proxy(BrowserFrame, {
    construct(target, args) {
      resources.frames.opened += 1;
      return Reflect.construct(target, args);
    },
  });
  undo.push(() => {
    window.VideoFrame = BrowserFrame;
  });
  watch(BrowserFrame.prototype, 'clone', () => {
    resources.frames.opened += 1;
  });
  watch(BrowserFrame.prototype, 'close', (self) => {
    if ((self as VideoFrame).codedWidth > 0) resources.frames.closed += 1;
  });

  for (const name of [
    'createBuffer',
    'createTexture',
    'createRenderPipeline',
    'createComputePipeline',
  ] as const) {
    watch(GPUDevice.prototype, name, () => {
      resources.made += 1;
      if (name.endsWith('Pipeline')) resources.pipelines += 1;
    });
  }
  watch(GPUBuffer.prototype, 'mapAsync', (_, [mode]) => {
    if (mode === MAP_READ) resources.readbacks += 1;
  });
  watch(GPUCommandEncoder.prototype, 'copyTextureToBuffer', () => {
    resources.readbacks += 1;
    resources.largestReadback = Number.POSITIVE_INFINITY;
  });
  watch(GPUCommandEncoder.prototype, 'copyBufferToBuffer', (_, args) => {
    const target = args.slice(1).find((arg) => arg instanceof GPUBuffer);
    if (!target || !(target.usage & MAP_READ)) return;
    resources.readbacks += 1;
    resources.largestReadback = Math.max(resources.largestReadback, target.size);
  });

  watch(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => {
    resources.dispatches += 1;
  });
  watch(GPUCommandEncoder.prototype, 'beginComputePass', () => {
    resources.passes += 1;
  });
  watch(GPUQueue.prototype, 'submit', () => {
    resources.submissions += 1;
  });

  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor);
    resources.devices.push(device);
    return device;
  };
  undo.push(() => {
    GPUAdapter.prototype.requestDevice = requestDevice;
  });
  return resources;
}
