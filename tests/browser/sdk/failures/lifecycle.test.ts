import { afterEach, expect, test, vi } from 'vitest';
import {
  type Backend,
  CycloramaError,
  type OutputFrame,
  VirtualBackground,
} from '../../../../ts/src/index.js';
import { loadWasm } from '../../../../ts/src/worker/engine.js';
import { describeOnBackends } from '../../matrix.js';
import { loseContexts, watchContexts } from '../helpers/contexts.js';
import { pause, readPixels } from '../helpers/pixels.js';
import { countResources, loseDevices, type ResourceCounter } from '../helpers/resource-counter.js';
import { countMarker, paintScene } from '../helpers/scene.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;

let resources: ResourceCounter | undefined;
let background: VirtualBackground | undefined;

afterEach(async () => {
  await background?.destroy();
  resources?.close();
  background = undefined;
  resources = undefined;
  vi.restoreAllMocks();
});

describeOnBackends((backend) => {
  test('passthrough shows the camera after a failure', async () => {
    const contexts = watchContexts();
    resources = countResources();
    background = await VirtualBackground.create({
      backend,
      effect: BLUE,
      onFailure: 'passthrough',
      worker: false,
    });
    const canvas = await paintScene();
    await loseEngine(backend, contexts);
    const { outcome, image } = await process(canvas);
    expect(outcome).toBe('raw');
    expect(countMarker(readPixels(image, image.width, image.height))).toBeGreaterThan(1000);
    expect((await background.metrics()).frames).toMatchObject({ failed: 1, raw: 1 });
  });
});

test.each(['webgpu', 'cpu'] as const)(
  'freeze repeats the last good frame after a failure on %s',
  async (backend) => {
    resources = countResources();
    background = await VirtualBackground.create({
      backend,
      effect: BLUE,
      onFailure: 'freeze',
      worker: false,
    });
    const [before, after] = [await paintScene(), await paintScene(640, 360, 0.5)];
    // Frames of one camera, identified by its frame rate.
    const camera = { frameRate: 30 };
    const last = await background.processFrame(before, camera);
    const shown = readPixels(last.image, last.width, last.height);
    await loseEngine(backend);
    const frozen = await background.processFrame(after, camera);
    expect(frozen.outcome).toBe('frozen');
    // toEqual() on the whole array would print a million numbers on a difference, which takes minutes.
    const still = readPixels(frozen.image, frozen.width, frozen.height).data;
    expect(still.filter((level, index) => level !== shown.data[index]).length).toBe(0);
    // A single frame may show another person, so the last frame must not replace it.
    expect((await process(after)).outcome).toBe('hidden');
    expect((await background.metrics()).frames).toMatchObject({ frozen: 1, raw: 0 });
  },
);

test('with an emulated GPU everything runs on the CPU, in a worker and on the page', async () => {
  for (const worker of [true, false]) {
    expect(await VirtualBackground.support({ worker })).toEqual({
      backend: 'cpu',
      tracks: true,
      worker,
      missing: [
        expect.stringMatching(/^a GPU for WebGPU, .* \(.*swiftshader.*\)$/i),
        expect.stringMatching(/^a GPU for WebGL2, .* \(.*swiftshader.*\)$/i),
      ],
    });
    const requests = vi.spyOn(GPUAdapter.prototype, 'requestDevice');
    background = await VirtualBackground.create({ effect: BLUE, worker });
    const output = await process(await paintScene());
    expect(output.outcome).toBe('processed');
    expect(leftEdge(output)).toEqual([32, 64, 192]);
    expect(await background.metrics()).toMatchObject({ backend: 'cpu', fallbackAdapter: false });
    expect(requests).not.toHaveBeenCalled();
    await background.destroy();
  }
});

test.each(['webgl', 'cpu'] as const)(
  'a worker that ends is replaced, and frames are hidden meanwhile, on %s',
  async (backend) => {
    const workers: Worker[] = [];
    const BrowserWorker = window.Worker;
    window.Worker = class extends BrowserWorker {
      constructor(...args: ConstructorParameters<typeof BrowserWorker>) {
        super(...args);
        workers.push(this);
      }
    };
    try {
      background = await VirtualBackground.create({ backend, effect: BLUE });
      const events: string[] = [];
      background.addEventListener('error', ({ detail }) => events.push(detail.code));
      background.addEventListener('recovered', ({ detail }) => events.push(detail.backend));
      const canvas = await paintScene();
      expect((await process(canvas)).outcome).toBe('processed');
      workers.at(-1)?.terminate();
      const outcomes = new Set<OutputFrame['outcome']>();
      while (!events.includes(backend)) {
        const { image, outcome, width, height } = await process(canvas);
        expect(countMarker(readPixels(image, width, height))).toBe(0);
        outcomes.add(outcome);
        await pause(20);
      }
      expect(outcomes).toContain('hidden');
      expect((await process(canvas)).outcome).toBe('processed');
      expect(events).toEqual(['worker', backend]);
      expect(workers).toHaveLength(2);
    } finally {
      window.Worker = BrowserWorker;
    }
  },
);

test.each(['webgpu', 'cpu'] as const)(
  'destroy releases everything on %s, at any moment and twice',
  async (backend) => {
    resources = countResources();
    const canvas = await paintScene();
    const created = await VirtualBackground.create({ backend, effect: BLUE, worker: false });
    for (let count = 0; count < 5; count += 1) (await created.processFrame(canvas)).image.close();
    const { devices } = resources;
    expect(devices).toHaveLength(backend === 'webgpu' ? 1 : 0);

    const underWay = created.processFrame(canvas);
    const changing = created.setModel('selfie_segmentation');
    await Promise.all([
      created.destroy(),
      created.destroy(),
      expect(changing).rejects.toBeInstanceOf(CycloramaError),
    ]);
    (await underWay).image.close();
    for (const { lost } of devices) expect(await lost).toMatchObject({ reason: 'destroyed' });

    const after = await created.processFrame(canvas);
    expect(after.outcome).toBe('hidden');
    expect(countMarker(readPixels(after.image, after.width, after.height))).toBe(0);
    after.image.close();
    await expect(created.setEffect(BLUE)).rejects.toMatchObject({ code: 'destroyed' });
    await expect(created.setModel('selfie_segmentation')).rejects.toMatchObject({ code: 'destroyed' });
    await expect(created.setMatting({ temporalSmoothing: false })).rejects.toMatchObject({
      code: 'destroyed',
    });

    expect(resources.bitmaps.opened).toBeGreaterThanOrEqual(6);
    expect(resources.bitmaps.closed).toBe(resources.bitmaps.opened);
    expect(resources.frames.closed).toBe(resources.frames.opened);
  },
);

test('create reports what it does not support, and aborts by its signal', async () => {
  await expect(VirtualBackground.create({ model: new ArrayBuffer(8) })).rejects.toMatchObject({
    code: 'model',
  });
  await expect(
    VirtualBackground.create({ model: new URL('/no/model.tflite', location.href) }),
  ).rejects.toMatchObject({ code: 'asset', message: expect.stringContaining('/no/model.tflite') });
  await expect(VirtualBackground.create({ model: 'segm_lite_v681' })).rejects.toMatchObject({
    code: 'asset',
  });
  await expect(VirtualBackground.create({ signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'AbortError',
  });
  const abort = new AbortController();
  const aborted = VirtualBackground.create({ signal: abort.signal });
  await pause();
  abort.abort();
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
});

/** Loses the engine: its GPU device or WebGL context, or without a GPU the instance of the module, as after a WebAssembly crash. */
async function loseEngine(backend: Backend, contexts: readonly WebGL2RenderingContext[] = []): Promise<void> {
  if (backend === 'cpu') (await loadWasm('cpu', undefined)).__wbg_reset_state();
  loseContexts(contexts);
  if (resources) await loseDevices(resources);
}

/** Processes a frame with the test's background. Its bitmap is released with the page. */
async function process(canvas: HTMLCanvasElement): Promise<OutputFrame> {
  if (!background) throw new Error('the test has no background');
  return background.processFrame(canvas);
}

/** The color in the middle of the left edge, where no person is. */
function leftEdge({ image, width, height }: OutputFrame): number[] {
  const { data } = readPixels(image, width, height);
  const at = Math.floor(height / 2) * width * 4;
  return [...data.subarray(at, at + 3)];
}
