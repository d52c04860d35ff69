/** The pipeline on backend `cpu`, whose engine scales frames itself, and returns a `VideoFrame` for a track. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FrameSource, ProcessOptions } from '../../src/shared/engine-types.js';
import type { PipelineEvent, PipelineSetup } from '../../src/shared/protocol.js';
import { completeQuality, type QualityOption } from '../../src/shared/quality.js';
import type { Backend } from '../../src/shared/thread-support.js';
import type { Pipeline } from '../../src/worker/pipeline.js';
import { FakeBitmap, FakeFrame, frameAt, settled, stubMedia } from '../fakes/media.js';
import { openPipeline, QuickEngine, SIZE } from '../fakes/pipeline.js';

const engines = vi.hoisted(() => ({
  createEngine: vi.fn(),
  isCurrent: () => true,
  replaceInstance: vi.fn(),
}));
vi.mock('../../src/worker/engine.js', () => engines);
vi.mock('../../src/shared/thread-support.js', async (original) => ({
  ...(await original<object>()),
  requireBackends: async () => supported,
}));

/** The backends that the thread supports. */
let supported: Backend[];

/** A fake engine of backend `cpu`. */
class CpuEngine extends QuickEngine {
  readonly options: Partial<ProcessOptions>[] = [];
  readonly frames: FrameSource[] = [];
  fails = false;

  override async process(frame: FrameSource, options: Partial<ProcessOptions>) {
    this.frames.push(frame);
    this.options.push(options);
    if (this.fails) throw Object.assign(new Error('the frame has an unknown format'), { code: 'frame' });
    const image = options.video ? frameAt(0) : (new FakeBitmap() as unknown as ImageBitmap);
    return { ...(await super.process()), image };
  }

  override hide = () => new FakeBitmap() as unknown as ImageBitmap;
  override info = () => ({ ...new QuickEngine().info(), backend: 'cpu' as const, adapter: 'CPU (SIMD)' });
}

let engine: CpuEngine;
let pipeline: Pipeline;
let events: PipelineEvent[];

beforeEach(() => {
  stubMedia();
  vi.stubGlobal('createImageBitmap', async (source: { width: number }) => {
    if (source.width === 0) throw new Error('the source is closed');
    return new FakeBitmap();
  });
  supported = ['cpu'];
  engine = new CpuEngine();
  engines.createEngine.mockImplementation(async () => engine);
  events = [];
});

afterEach(async () => {
  vi.useRealTimers();
  await pipeline.destroy();
  await settled();
  expect([FakeFrame.open.size, FakeBitmap.open.size]).toEqual([0, 0]);
  vi.unstubAllGlobals();
});

async function open(setup: Partial<PipelineSetup> = {}): Promise<void> {
  pipeline = await openPipeline(events, 'auto', setup);
}

/** Processes a camera frame, and closes it and the output. */
async function process(video: boolean) {
  const frame = frameAt(5_000);
  const { image, outcome } = await pipeline.process(frame, SIZE, 33, 0, video);
  frame.close();
  const kind = image instanceof FakeFrame ? 'frame' : 'bitmap';
  image.close();
  return [kind, outcome];
}

test('the output is a `VideoFrame` only on request', async () => {
  await open();
  expect(await process(true)).toEqual(['frame', 'processed']);
  expect(await process(false)).toEqual(['bitmap', 'processed']);
  expect(engine.options.map(({ video }) => video)).toEqual([true, false]);
});

test.each<[QualityOption, object]>([
  ['high', {}],
  ['balanced', { width: 960, height: 540 }],
  ['low', { width: 640, height: 360 }],
])('quality %s scales in the engine, not on a canvas', async (quality, size) => {
  await open({ quality: completeQuality({ quality }) });
  await process(true);
  expect(engine.frames[0]).toBeInstanceOf(FakeFrame);
  const { width, height } = engine.options[0] ?? {};
  expect({ width, height }).toEqual({ width: undefined, height: undefined, ...size });
});

test('odd sizes are scaled to even sizes', async () => {
  await open({ quality: completeQuality({ quality: 'low' }) });
  const frame = frameAt(0);
  (await pipeline.process(frame, { width: 641, height: 363 }, 33, 0)).image.close();
  frame.close();
  expect(engine.options[0]).toMatchObject({ width: 320, height: 182 });
});

test('the first camera on an emulated GPU starts on the lowest level, single frames on the best', async () => {
  engine.info = () => ({ ...new QuickEngine().info(), backend: 'cpu', fallbackAdapter: true });
  await open({ quality: completeQuality({}) });
  for (const source of [Number.NaN, Number.NaN, 0]) {
    const frame = frameAt(0);
    (await pipeline.process(frame, SIZE, undefined, source)).image.close();
    frame.close();
  }
  expect(engine.options.map(({ width }) => width)).toEqual([undefined, undefined, 640]);
  expect(events).toEqual([]);
});

test('the page receives the fastest backend, unless it knows it', async () => {
  supported = ['webgl', 'cpu'];
  await open();
  expect(events).toEqual([{ kind: 'measured', fastest: 'webgl' }]);
  await pipeline.destroy();
  events = [];
  await open({ fastest: 'cpu' });
  expect(events).toEqual([]);
});

test('no stage waits for a GPU', async () => {
  await open();
  for (let count = 0; count < 3; count += 1) await process(true);
  expect(engine.options.map(({ waitForGpu, timestamps }) => [waitForGpu, timestamps])).toEqual(
    Array.from({ length: 3 }, () => [false, false]),
  );
  const { stages, ranges, backend } = await pipeline.metrics();
  expect(backend).toBe('cpu');
  expect(stages?.composite).toMatchObject({ cpu: { last: 5 }, gpu: undefined });
  expect([ranges.inference?.clock, ranges.segmentation?.last]).toEqual(['cpu', 5]);
});

test('a GPU that is lost for good is replaced by the CPU', async () => {
  supported = ['webgl', 'cpu'];
  const gpu = new QuickEngine();
  engines.createEngine.mockImplementationOnce(async () => gpu);
  await open({ fastest: 'webgl' });
  gpu.process = () => Promise.reject(Object.assign(new Error('it was reset'), { code: 'device-lost' }));
  engines.createEngine.mockImplementation(async (backend: Backend) => {
    if (backend === 'webgl') throw Object.assign(new Error('there is no GPU'), { code: 'unsupported' });
    return engine;
  });
  vi.useFakeTimers();
  expect(await process(true)).toEqual(['bitmap', 'hidden']);
  await vi.advanceTimersByTimeAsync(5_000);
  vi.useRealTimers();
  expect(events.map((event) => (event.kind === 'error' ? event.code : event.kind))).toEqual([
    'device-lost',
    'recovered',
  ]);
  expect(await process(true)).toEqual(['frame', 'processed']);
  expect(await pipeline.backend()).toBe('cpu');
});

describe('a frozen frame', () => {
  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('is a bitmap of the last one: processed as video %s, requested as video %s', async (before, now) => {
    await open({ onFailure: 'freeze' });
    await process(before);
    engine.fails = true;
    expect(await process(now)).toEqual(['bitmap', 'frozen']);
    expect(await process(now)).toEqual(['bitmap', 'frozen']);
  });

  test('is not kept after the effect changes', async () => {
    await open({ onFailure: 'freeze' });
    await process(true);
    await pipeline.configure({ background: { kind: 'blur', radius: 8 } }, 1);
    engine.fails = true;
    expect(await process(true)).toEqual(['bitmap', 'hidden']);
  });
});

test('a raw frame and a placeholder are bitmaps', async () => {
  await open({ display: 'camera' });
  expect(await process(true)).toEqual(['bitmap', 'raw']);
  await pipeline.setDisplay('nothing');
  expect(await process(true)).toEqual(['bitmap', 'hidden']);
});
