import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { loadModel } from '../../../../ts/src/shared/assets.js';
import type { Engine, GpuTimes, Processed } from '../../../../ts/src/shared/engine-types.js';
import { loadWasm } from '../../../../ts/src/worker/engine.js';
import { expectOwnStalls } from '../helpers/own-stalls.js';
import { countResources, loseDevices, type ResourceCounter } from '../helpers/resource-counter.js';
import { cameraFrame, paintScene } from '../helpers/scene.js';
import { GPU_STAGES, type GpuStage, openStaller } from '../helpers/stall.js';

const background = { kind: 'color', color: [32, 64, 192] };
const CPU_STAGES = ['import', 'preprocess', 'inference', 'refine', 'composite', 'output'] as const;

/** One for all tests but one, because making one takes seconds on a software adapter. */
let engine: Engine;
/** The devices since the engine was created. */
let devices: Pick<ResourceCounter, 'devices'>;
let resources: ResourceCounter | undefined;
const undo: (() => void)[] = [];

beforeAll(async () => {
  const made = countResources();
  engine = await createEngine('copy', { precision: 'f32' });
  made.close();
  devices = made;
});

afterEach(() => {
  vi.restoreAllMocks();
  resources?.close();
  for (const step of undo.splice(0)) step();
  resources = undefined;
});

async function createEngine(importPath: 'gpu' | 'copy', options: object = {}): Promise<Engine> {
  const { Engine } = await loadWasm('webgpu', undefined);
  const model = await loadModel('selfie_segmentation_landscape', undefined, undefined);
  return Engine.create(model, { background, importPath, ...options });
}

function destroy(engine: Engine): void {
  engine.destroy();
  engine.free();
}

async function process(
  engine: Engine,
  frame: VideoFrame | HTMLCanvasElement,
  options: object = {},
): Promise<Processed> {
  const processed = await engine.process(frame, options);
  processed.image.close();
  return processed;
}

/** The GPU timings of a frame, once they have been read back. */
async function gpuTimes(engine: Engine, frame: VideoFrame | HTMLCanvasElement): Promise<GpuTimes> {
  const { number } = await process(engine, frame, { timestamps: true });
  return gpuTimesOf(engine, number);
}

/** The GPU timings of the only frame whose timings have not been read back. */
async function gpuTimesOf(engine: Engine, number: number): Promise<GpuTimes> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const [times, ...others] = engine.gpuTimes();
    expect(others).toEqual([]);
    if (times) {
      expect(times.number).toBe(number);
      return times;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the timestamps of a frame have not come back');
}

test('a frame has the timings of its stages by each requested clock', async () => {
  const canvas = await paintScene();
  expect(engine.info()).toMatchObject({ timestamps: true, precision: 'f32' });
  const { wasm, model } = engine.memory();
  expect(wasm).toBeGreaterThan(1e6);
  expect(model).toBeGreaterThan(5e5);

  const first = await process(engine, canvas);
  expect(first.completed).toBeUndefined();
  expect(Object.keys(first.cpu)).toEqual([...CPU_STAGES, 'total']);
  const waited = await process(engine, canvas, { waitForGpu: true });
  expect(waited.number).toBe(first.number + 1);
  for (const { cpu } of [first, waited]) {
    for (const [stage, time] of Object.entries(cpu)) expect(time, stage).toBeGreaterThanOrEqual(0);
    const sum = CPU_STAGES.reduce((sum, stage) => sum + cpu[stage], 0);
    expect(cpu.total).toBeGreaterThanOrEqual(sum - 0.1);
  }
  const { cpu, completed } = waited;
  for (const stage of CPU_STAGES) expect(completed?.[stage], stage).toBeGreaterThanOrEqual(cpu[stage]);
  // The thread only encodes commands. The GPU computes.
  expect(completed?.inference).toBeGreaterThan(cpu.inference);
  expect(completed?.total).toBeGreaterThan(cpu.total);
  expect(engine.gpuTimes()).toEqual([]);

  const times = await gpuTimes(engine, canvas);
  expect(times).toEqual({
    number: waited.number + 1,
    import: undefined,
    preprocess: expect.any(Number),
    inference: expect.any(Number),
    refine: expect.any(Number),
    composite: expect.any(Number),
  });
  expect(times.inference).toBeGreaterThan(0);
  expect(times.composite).toBeGreaterThan(0);

  const reused = await process(engine, canvas, { waitForGpu: true, reuseMatte: true, timestamps: true });
  const timesOfReused = await gpuTimesOf(engine, reused.number);
  // On a slow machine the matte may be too old by now.
  if (!reused.segmented) {
    for (const times of [reused.cpu, reused.completed]) {
      expect(times).toMatchObject({ preprocess: 0, inference: 0, refine: 0 });
    }
    expect(timesOfReused).toEqual({
      number: reused.number,
      import: undefined,
      preprocess: undefined,
      inference: undefined,
      refine: undefined,
      composite: expect.any(Number),
    });
  }
});

test('a timed frame reads its timestamps back, and takes no other submission or object', async () => {
  const canvas = await paintScene();
  await process(engine, canvas);
  await gpuTimes(engine, canvas);
  const counted = async (timestamps: boolean) => {
    resources = countResources();
    const queries = vi.spyOn(GPUDevice.prototype, 'createQuerySet');
    const { number } = await process(engine, canvas, { timestamps });
    expect(queries).not.toHaveBeenCalled();
    const { dispatches, passes, submissions, readbacks, largestReadback, made } = resources;
    resources.close();
    await engine.completed();
    if (timestamps) await gpuTimesOf(engine, number);
    return { dispatches, passes, submissions, readbacks, largestReadback, made };
  };
  const untimed = await counted(false);
  expect(untimed).toMatchObject({ submissions: 1, readbacks: 0, made: 0 });
  const timed = await counted(true);
  // A copy and a map request.
  expect(timed).toEqual({ ...untimed, readbacks: 2, largestReadback: 1040 });
  expect(await counted(false)).toEqual(untimed);
});

test('only a few frames are timed while no timestamps are read back, and none waits', async () => {
  const canvas = await paintScene(160, 90);
  const numbers: number[] = [];
  for (let i = 0; i < 10; i += 1) {
    numbers.push((await process(engine, canvas, { timestamps: true })).number);
  }
  await engine.completed();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const timed = engine.gpuTimes().map(({ number }) => number);
  expect(timed).toEqual(numbers.slice(0, timed.length));
  expect(timed.length).toBeGreaterThan(1);
  expect(timed.length).toBeLessThan(10);
  expect((await gpuTimes(engine, canvas)).inference).toBeGreaterThan(0);
});

test('a GPU stall in one stage shows in the timing of that stage and of no other', async () => {
  const stall = 80;
  resources = countResources();
  const engine = await createEngine('gpu');
  const [device] = resources.devices as [GPUDevice];
  // Much longer, because the machine may have been busy during this measurement.
  const staller = await openStaller(device, 3 * stall);
  undo.push(() => staller.close());
  const frame = new VideoFrame(await paintScene(160, 90), { timestamp: 0 });
  await gpuTimes(engine, frame);
  // Interleaved, so that the machine's other work affects all cases, and the minimum of each counts.
  const cases = [undefined, ...GPU_STAGES] as const;
  const least = new Map(cases.map((stalled) => [stalled, new Map<GpuStage, number>()]));
  const longer = (stage: GpuStage, stalled: GpuStage) =>
    (least.get(stalled)?.get(stage) ?? Number.NaN) - (least.get(undefined)?.get(stage) ?? Number.NaN);
  await expectOwnStalls(GPU_STAGES, GPU_STAGES, longer, stall, async () => {
    for (const stalled of cases) {
      staller.stage = stalled;
      const times = await gpuTimes(engine, frame);
      for (const stage of GPU_STAGES) {
        const before = least.get(stalled)?.get(stage) ?? Number.POSITIVE_INFINITY;
        least.get(stalled)?.set(stage, Math.min(before, times[stage] ?? Number.NaN));
      }
    }
  });
  frame.close();
  destroy(engine);
});

test('a stall of the thread in one stage shows in its timing of that stage and of no other', async () => {
  const stall = 40;
  const frame = cameraFrame(160, 90);
  let stalled: (typeof CPU_STAGES)[number] | undefined;
  const hold = (stage: typeof stalled) => {
    if (stage === undefined || stage !== stalled) return;
    const end = performance.now() + stall;
    while (performance.now() < end);
  };
  const labels = {
    preprocess: 'preprocess',
    inference: 'inference',
    mask_check: 'refine',
    composite: 'composite',
  } as const;
  const ofPass = (label = '') => labels[label as keyof typeof labels];
  before(VideoFrame.prototype, 'copyTo', () => hold('import'));
  before(GPUCommandEncoder.prototype, 'beginComputePass', ([descriptor]) => hold(ofPass(descriptor?.label)));
  before(GPUCommandEncoder.prototype, 'beginRenderPass', ([{ label }]) => hold(ofPass(label)));
  before(OffscreenCanvas.prototype, 'transferToImageBitmap', () => hold('output'));
  await process(engine, frame);

  const cases = [undefined, ...CPU_STAGES] as const;
  const least = new Map<typeof stalled, Processed['cpu']>();
  const longer = (stage: keyof Processed['cpu'], held: typeof stalled) =>
    (least.get(held)?.[stage] ?? Number.NaN) - (least.get(undefined)?.[stage] ?? Number.NaN);
  await expectOwnStalls(CPU_STAGES, CPU_STAGES, longer, stall, async () => {
    for (stalled of cases) {
      const { cpu } = await process(engine, frame);
      await engine.completed();
      const known = least.get(stalled) ?? cpu;
      for (const stage of [...CPU_STAGES, 'total'] as const)
        known[stage] = Math.min(known[stage], cpu[stage]);
      least.set(stalled, known);
    }
  });
  for (const held of CPU_STAGES) {
    expect(longer('total', held), `all with a stall in ${held}`).toBeGreaterThan(stall / 2);
  }
  frame.close();
});

test('weights have 32 bits with the precision f32', async () => {
  expect(engine.info().precision).toBe('f32');
  expect((await process(engine, await paintScene(160, 90))).segmented).toBe(true);
  await expect(createEngine('copy', { precision: 'f64' })).rejects.toMatchObject({ code: 'option' });
});

// The last test, because it destroys the engine.
test('a lost device loses its pending timestamps, and nothing else', async () => {
  const canvas = await paintScene(160, 90);
  for (let i = 0; i < 3; i += 1) await process(engine, canvas, { timestamps: true });
  const lost = loseDevices(devices);
  // Finished timestamps may have been read back. The others never are.
  const found = engine.gpuTimes();
  await lost;
  for (let i = 0; i < 10; i += 1) {
    found.push(...engine.gpuTimes());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(found.length).toBeLessThanOrEqual(3);
  expect(engine.lostReason()).toMatch(/./);
  await expect(engine.process(canvas, { timestamps: true })).rejects.toMatchObject({ code: 'device-lost' });
  destroy(engine);
  expect(() => engine.gpuTimes()).toThrow();
});

/** Calls `note` before each call of a method, with its arguments, until the test ends. */
function before<Target extends object, Name extends keyof Target & string>(
  target: Target,
  name: Name,
  // biome-ignore lint/suspicious/noExplicitAny: they are the browser's own
  note: (args: any[]) => void,
): void {
  const original = target[name] as (...args: unknown[]) => unknown;
  function held(this: unknown, ...args: unknown[]): unknown {
    note(args);
    return original.apply(this, args);
  }
  target[name] = held as Target[Name];
  undo.push(() => {
    target[name] = original as Target[Name];
  });
}
