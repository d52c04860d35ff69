/** `support()` reports what `create()` does: on the page and in workers, whatever either of them lacks. */
import { afterEach, expect, test, vi } from 'vitest';
import { type BackendChoice, ImageSegmenter, VirtualBackground } from '../../../../ts/src/index.js';
import { readPixels } from '../helpers/pixels.js';
import { countMarker, paintScene } from '../helpers/scene.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;

/** What an engine may lack, as a script that runs before all others. */
const LACKS = {
  nothing: '',
  adapter: 'GPU.prototype.requestAdapter = async () => null;',
  'adapter, with an error': 'GPU.prototype.requestAdapter = async () => { throw new Error("no"); };',
  'an answer': 'GPU.prototype.requestAdapter = () => new Promise(() => {});',
  'WebGPU, but for its name': 'Object.defineProperty(navigator, "gpu", { configurable: true, value: null });',
  VideoFrame: 'delete globalThis.VideoFrame;',
  WebGL2:
    'const { getContext } = OffscreenCanvas.prototype; OffscreenCanvas.prototype.getContext = function (kind, ...more) { return kind === "webgl2" ? null : getContext.call(this, kind, ...more); };',
};
type Lack = keyof typeof LACKS;

/** Without these, a thread supports no backend. */
const ALL_BACKENDS: Lack[] = ['WebGL2', 'adapter', 'VideoFrame'];

const BrowserWorker = globalThis.Worker;
let workers: Worker[] = [];

afterEach(() => {
  globalThis.Worker = BrowserWorker;
  for (const worker of workers) worker.terminate();
  workers = [];
  vi.restoreAllMocks();
});

/** Starts every worker with these lacks. */
function inWorkers(...lacks: Lack[]): void {
  globalThis.Worker = class extends BrowserWorker {
    constructor(script: string | URL, options?: WorkerOptions) {
      const urls = [
        URL.createObjectURL(
          new Blob(
            lacks.map((lack) => `{ ${LACKS[lack]} }`),
            { type: 'text/javascript' },
          ),
        ),
        new URL(script, location.href).href,
      ];
      const imports = urls.map((url) => `import ${JSON.stringify(url)};`).join('\n');
      super(URL.createObjectURL(new Blob([imports], { type: 'text/javascript' })), options);
      workers.push(this);
    }
  };
}

/** Removes the same features from this page. */
function onPage(...lacks: Lack[]): void {
  if (lacks.includes('adapter')) vi.spyOn(GPU.prototype, 'requestAdapter').mockResolvedValue(null);
  if (lacks.includes('WebGPU, but for its name')) {
    vi.spyOn(navigator, 'gpu', 'get').mockReturnValue(null as unknown as GPU);
  }
  if (lacks.includes('WebGL2')) vi.spyOn(OffscreenCanvas.prototype, 'getContext').mockReturnValue(null);
}

/** What `create` does: the backend and the thread, or its error's code. Checks that the first frame shows no wall. */
async function create(options: { backend: BackendChoice; worker: boolean | undefined }) {
  const warnings: string[] = [];
  const logger = { ...console, info: () => {}, warn: (message: string) => void warnings.push(message) };
  const before = workers.length;
  try {
    const { worker, ...others } = options;
    const background = await VirtualBackground.create({
      ...others,
      ...(worker === undefined ? {} : { worker }),
      effect: BLUE,
      logger,
    });
    const { image, outcome, width, height } = await background.processFrame(await paintScene());
    expect(outcome).toBe('processed');
    expect(countMarker(readPixels(image, width, height))).toBe(0);
    image.close();
    const { backend } = background;
    await background.destroy();
    const left = warnings.some((message) => message.includes('frames are processed on the page'));
    return { backend, worker: workers.length > before && !left, left };
  } catch (cause) {
    expect(cause).toMatchObject({ code: 'unsupported' });
    return { backend: undefined, worker: false, left: false };
  }
}

test.each<[string, { inWorkers: Lack[]; onPage: Lack[]; backend: BackendChoice; worker?: boolean }]>([
  ['nothing', { inWorkers: [], onPage: [], backend: 'webgl' }],
  ['an adapter everywhere', { inWorkers: ['adapter'], onPage: ['adapter'], backend: 'auto' }],
  [
    'an adapter, with an error',
    { inWorkers: ['adapter, with an error'], onPage: ['adapter'], backend: 'auto' },
  ],
  ['WebGPU, but for its name', { inWorkers: ['WebGPU, but for its name'], onPage: [], backend: 'auto' }],
  [
    'WebGPU on the page',
    { inWorkers: [], onPage: ['WebGPU, but for its name'], backend: 'auto', worker: false },
  ],
  ['WebGL2 in workers', { inWorkers: ['WebGL2'], onPage: [], backend: 'webgl' }],
  [
    'WebGL2 in workers, with worker: true',
    { inWorkers: ['WebGL2'], onPage: [], backend: 'webgl', worker: true },
  ],
  ['WebGL2 on the page', { inWorkers: [], onPage: ['WebGL2'], backend: 'webgl' }],
  ['WebGL2 everywhere', { inWorkers: ['WebGL2'], onPage: ['WebGL2'], backend: 'webgl' }],
  ['all backends in workers', { inWorkers: ALL_BACKENDS, onPage: ['adapter'], backend: 'auto' }],
  ['`VideoFrame` in workers', { inWorkers: ['VideoFrame'], onPage: [], backend: 'cpu' }],
])('support() and create() agree if the browser lacks %s', async (_, { backend, worker, ...lacks }) => {
  inWorkers(...lacks.inWorkers);
  onPage(...lacks.onPage);
  const options = { backend, ...(worker === undefined ? {} : { worker }) };
  const support = await VirtualBackground.support(options);
  const { left, ...made } = await create({ backend, worker });
  expect(made).toEqual({ backend: support.backend, worker: support.worker });
  expect(await VirtualBackground.isSupported(options)).toBe(support.backend !== undefined);
  // `missing` says why the result is not the best one.
  if (left || support.backend === undefined)
    expect(support.missing.join()).toMatch(/WebGL2|adapter|VideoFrame/);
});

test('a worker whose browser never answers ends at the caller’s timeout', async () => {
  inWorkers('an answer');
  for (const backend of ['auto', 'webgpu'] as const) {
    const signal = AbortSignal.timeout(200);
    const cause = await VirtualBackground.create({ backend, signal }).catch((cause: unknown) => cause);
    expect(cause).toBe(signal.reason);
  }
  // WebGL needs no adapter, and requests none.
  const background = await VirtualBackground.create({ backend: 'webgl' });
  await background.destroy();
});

test('still images are also processed on the page if workers support no backend', async () => {
  inWorkers('WebGL2');
  const segmenter = await ImageSegmenter.create({ backend: 'webgl' });
  const result = await segmenter.segment(await paintScene());
  expect(result.cutout.width).toBe(640);
  await segmenter.destroy();
  await expect(ImageSegmenter.create({ backend: 'webgl', worker: true })).rejects.toMatchObject({
    code: 'unsupported',
  });
});

test('a worker that does not start is reported, and so is one that does not answer', async () => {
  globalThis.Worker = class extends BrowserWorker {
    constructor() {
      super(new URL('/no-such-script.js', location.href), { type: 'module' });
      workers.push(this);
    }
  };
  expect(await VirtualBackground.support()).toMatchObject({
    backend: undefined,
    worker: false,
    missing: [expect.stringContaining('worker: false')],
  });
  await expect(VirtualBackground.create()).rejects.toMatchObject({ code: 'worker' });
  expect(await VirtualBackground.support({ worker: false })).toMatchObject({
    backend: 'cpu',
    worker: false,
  });
});

test('a worker that ends while the engine starts has one successor', async () => {
  for (const [crashes, made] of [
    [1, true],
    [2, false],
  ] as const) {
    workers = [];
    globalThis.Worker = class extends BrowserWorker {
      constructor(script: string | URL, options?: WorkerOptions) {
        super(script, options);
        workers.push(this);
        if (workers.length > crashes) return;
        // After the first call, which checks whether the worker has started.
        const { postMessage } = this;
        let calls = 0;
        this.postMessage = (...message: unknown[]) => {
          calls += 1;
          if (calls === 2)
            return void this.dispatchEvent(new ErrorEvent('error', { message: 'RuntimeError' }));
          Reflect.apply(postMessage, this, message);
        };
      }
    };
    const creating = VirtualBackground.create({ backend: 'webgl', effect: BLUE });
    if (made) await (await creating).destroy();
    else await expect(creating).rejects.toMatchObject({ code: 'worker' });
    expect(workers).toHaveLength(2);
  }
});

test('an engine that never starts is aborted, and the next backend is used', async () => {
  // The name of a GPU, so that `auto` starts with WebGPU.
  const info = { vendor: 'nvidia', architecture: 'ampere', isFallbackAdapter: false } as GPUAdapterInfo;
  vi.spyOn(GPUAdapter.prototype, 'info', 'get').mockReturnValue(info);
  vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockReturnValue(new Promise(() => {}));
  const { setTimeout } = globalThis;
  // The timeouts of the two engines on WebGPU end early.
  let waits = 0;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((call: () => void, delay?: number) => {
    if (delay === 120_000) waits += 1;
    return setTimeout(call, delay === 120_000 && waits <= 2 ? 50 : delay);
  }) as typeof setTimeout);
  const creating = VirtualBackground.create({ backend: 'webgpu', worker: false });
  await expect(creating).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('has not started'),
  });
  const background = await VirtualBackground.create({ worker: false });
  expect(background.backend).toBe('cpu');
  await background.destroy();
});

test('wrong arguments of support() are refused', async () => {
  await expect(VirtualBackground.support({ backend: 'metal' as never })).rejects.toMatchObject({
    code: 'option',
  });
  await expect(VirtualBackground.support({ worker: 1 as never })).rejects.toMatchObject({ code: 'option' });
  await expect(VirtualBackground.support(null as never)).rejects.toMatchObject({ code: 'option' });
});
