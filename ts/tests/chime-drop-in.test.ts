import type { Logger, VideoFrameBuffer } from 'amazon-chime-sdk-js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  BackgroundBlurStrength,
  BackgroundBlurVideoFrameProcessor,
  BackgroundReplacementVideoFrameProcessor,
  ChimeVideoFrameProcessor,
  type ChimeVideoFrameProcessorOptions,
  type VideoFxConfig,
  VideoFxProcessor,
} from '../src/adapters/chime/index.js';
import { checkEffect, type Effect } from '../src/shared/effect.js';
import { CycloramaError } from '../src/shared/errors.js';

// Its types are all that may be taken of it: an app that has moved on need not load it for its filters.
vi.mock('amazon-chime-sdk-js', () => {
  throw new Error('the SDK was loaded');
});

/** What stands in for the processor that does the work, which needs a browser. */
interface Worker {
  options: ChimeVideoFrameProcessorOptions;
  effects: Effect[];
  /** What the next change of effect does, and whether it comes into force. */
  change: () => Promise<boolean>;
  process: ChimeVideoFrameProcessor['process'];
  /** What the SDK's device called, with what. */
  calls: [name: string, given?: unknown][];
}

let made: Worker[];
let log: string[];

const logger = {
  debug() {},
  info: (message: string) => log.push(`info: ${message}`),
  warn: (message: string) => log.push(`warn: ${message}`),
  error: (message: string) => log.push(`error: ${message}`),
  setLogLevel() {},
  getLogLevel: () => 0,
} as unknown as Logger;

beforeEach(() => {
  made = [];
  log = [];
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function standIn(): void {
  vi.spyOn(ChimeVideoFrameProcessor, 'create').mockImplementation(async (options = {}) => {
    const worker: Worker = {
      options,
      effects: options.effect ? [options.effect] : [],
      change: async () => true,
      process: async (buffers) => buffers,
      calls: [],
    };
    made.push(worker);
    return {
      addEventListener() {},
      setEventController: (given: unknown) => worker.calls.push(['controller', given]),
      setMetricsCollector: (given: unknown) => worker.calls.push(['collector', given]),
      destroy: async () => worker.calls.push(['destroy']),
      process: (buffers: VideoFrameBuffer[]) => worker.process(buffers),
      get effect() {
        return checkEffect(worker.effects.at(-1) ?? { kind: 'blur' }).options;
      },
      async setEffect(effect: Effect) {
        checkEffect(effect);
        const inForce = await worker.change();
        if (inForce) worker.effects.push(effect);
        return inForce;
      },
    } as unknown as ChimeVideoFrameProcessor;
  });
}

/** A frame that nothing looks at. */
function frame(width = 640): VideoFrameBuffer {
  return { framerate: 10, width, height: 360 } as VideoFrameBuffer;
}

const png = new Blob(['picture'], { type: 'image/png' });

test.each([
  [undefined, 20],
  [0, 20],
  [BackgroundBlurStrength.LOW, 28 / 3],
  [BackgroundBlurStrength.MEDIUM, 20],
  [BackgroundBlurStrength.HIGH, 40],
  [1.5, 2],
  [1000, 128],
  [Number.POSITIVE_INFINITY, 128],
])('a blur of the SDK’s strength %s is one of %f pixels at 720', async (blurStrength, strength) => {
  standIn();
  await BackgroundBlurVideoFrameProcessor.create(undefined, {
    ...(blurStrength !== undefined && { blurStrength }),
  });
  expect(made[0]?.effects).toEqual([{ kind: 'blur', strength: expect.closeTo(strength) }]);
});

test('the strength changes with one call, and cannot be nothing', async () => {
  standIn();
  const processor = await BackgroundBlurVideoFrameProcessor.create(undefined, { logger });
  processor.setBlurStrength(BackgroundBlurStrength.HIGH);
  await vi.waitFor(() => expect(made[0]?.effects[1]).toEqual({ kind: 'blur', strength: 40 }));
  for (const strength of [0, -1, Number.NaN, '15' as unknown as number]) {
    expect(() => processor.setBlurStrength(strength)).toThrow(CycloramaError);
  }
  expect(made[0]?.effects).toHaveLength(2);
});

test('a strength that cannot be set is told to the logger', async () => {
  standIn();
  const processor = await BackgroundBlurVideoFrameProcessor.create(undefined, { logger });
  const [worker] = made;
  if (worker) worker.change = () => Promise.reject(new CycloramaError('destroyed', 'it is gone'));
  processor.setBlurStrength(7);
  await vi.waitFor(() => expect(log.at(-1)).toMatch(/^error: .*it is gone/));
});

test('a replacement is blue, or the picture that is given, lying as the app says', async () => {
  standIn();
  await BackgroundReplacementVideoFrameProcessor.create();
  expect(made[0]?.effects).toEqual([{ kind: 'color', color: '#0000ff' }]);
  const processor = await BackgroundReplacementVideoFrameProcessor.create(undefined, {
    imageBlob: png,
    fit: 'fill',
    lightWrap: 0,
    backend: 'webgl',
  });
  const other = new Blob(['another']);
  await processor.setImageBlob(other);
  expect(made[1]?.effects).toEqual([
    { kind: 'image', source: png, fit: 'fill', lightWrap: 0 },
    { kind: 'image', source: other, fit: 'fill', lightWrap: 0 },
  ]);
  expect(made[1]?.options).toMatchObject({ backend: 'webgl' });
});

test('what is no picture rejects and changes nothing', async () => {
  standIn();
  const processor = await BackgroundReplacementVideoFrameProcessor.create(undefined, { imageBlob: png });
  await expect(processor.setImageBlob('/beach.jpg' as unknown as Blob)).rejects.toMatchObject({
    code: 'option',
  });
  const [worker] = made;
  if (worker) worker.change = () => Promise.reject(new CycloramaError('effect', 'it does not decode'));
  await expect(processor.setImageBlob(png)).rejects.toMatchObject({ code: 'effect' });
  expect(worker?.effects).toHaveLength(1);
});

test('a change that a later one replaces is no error', async () => {
  standIn();
  const processor = await BackgroundReplacementVideoFrameProcessor.create();
  const [worker] = made;
  if (worker) worker.change = async () => false;
  await expect(processor.setImageBlob(png)).resolves.toBeUndefined();
});

test('the SDK’s limit is the budget, unless the app has one of its own', async () => {
  standIn();
  const create = BackgroundBlurVideoFrameProcessor.create;
  await create();
  await create(undefined, { filterCPUUtilization: 45 });
  await create(undefined, { filterCPUUtilization: 45, budget: 0.9 });
  await create(undefined, { filterCPUUtilization: 450, logger });
  expect(made.map(({ options }) => options.budget)).toEqual([undefined, 0.45, 0.9, undefined]);
  expect(log.filter((line) => line.startsWith('warn'))).toEqual([expect.stringContaining('450')]);
});

test('what is only the SDK’s does not reach the processor, and a spec is ignored in one line', async () => {
  standIn();
  const paths = {
    worker: 'https://cdn.example/w.js',
    wasm: 'https://cdn.example/w',
    simd: 'https://cdn.example/s',
  };
  await BackgroundBlurVideoFrameProcessor.create(
    { paths, assetGroup: 'stable' },
    { logger, blurStrength: 7, reportingPeriodMillis: 500, filterCPUUtilization: 40, timing: 'off' },
  );
  expect(made[0]?.options).toEqual({
    effect: { kind: 'blur', strength: expect.closeTo(28 / 3) },
    budget: 0.4,
    timing: 'off',
  });
  expect(log.filter((line) => line.includes('spec'))).toHaveLength(1);
  expect(log.join()).not.toContain('cdn.example');
});

test('observers are told how long frames take, and empty ones do not count', async () => {
  standIn();
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
  const processor = await BackgroundBlurVideoFrameProcessor.create(undefined, { reportingPeriodMillis: 500 });
  const [worker] = made;
  if (worker) {
    worker.process = async (buffers) => {
      await vi.advanceTimersByTimeAsync(90);
      return buffers;
    };
  }
  const told: unknown[] = [];
  const observer = {
    filterFrameDurationHigh: (event: object) => told.push(event),
    filterCPUUtilizationHigh: (event: object) => told.push(event),
  };
  processor.addObserver(observer);
  for (let count = 0; count < 7; count += 1) await processor.process([frame(0)]);
  expect(told).toEqual([]);
  for (let count = 0; count < 12; count += 1) await processor.process([frame()]);
  expect(told).toContainEqual({
    framesDropped: 0,
    avgFilterDurationMillis: 90,
    framerate: 10,
    periodMillis: 540,
  });
  expect(told).toContainEqual({ cpuUtilization: 100, filterMillis: 540, periodMillis: 540 });
  processor.removeObserver(observer);
  told.length = 0;
  for (let count = 0; count < 12; count += 1) await processor.process([frame()]);
  expect(told).toEqual([]);
});

test('what the SDK’s device hands to its processors reaches the one that does the work', async () => {
  standIn();
  const filters = [
    await BackgroundBlurVideoFrameProcessor.create(),
    await BackgroundReplacementVideoFrameProcessor.create(),
    await VideoFxProcessor.create(logger, config({ blur: true })),
  ];
  const [controller, collector] = [{}, {}];
  for (const filter of filters) {
    filter.setEventController(controller as Parameters<typeof filter.setEventController>[0]);
    filter.setMetricsCollector(collector as Parameters<typeof filter.setMetricsCollector>[0]);
    await filter.destroy();
  }
  expect(made.map(({ calls }) => calls)).toEqual(
    Array(3).fill([['controller', controller], ['collector', collector], ['destroy']]),
  );
});

test('without a browser that can, isSupported says so and create rejects: there is no processor that shows the camera', async () => {
  expect(await BackgroundBlurVideoFrameProcessor.isSupported(undefined, { logger })).toBe(false);
  expect(await BackgroundReplacementVideoFrameProcessor.isSupported(undefined, { imageBlob: png })).toBe(
    false,
  );
  expect(await VideoFxProcessor.isSupported(logger, true)).toBe(false);
  const unsupported = { code: 'unsupported' };
  await expect(BackgroundBlurVideoFrameProcessor.create(undefined, { logger })).rejects.toMatchObject(
    unsupported,
  );
  await expect(BackgroundReplacementVideoFrameProcessor.create(undefined, { logger })).rejects.toMatchObject(
    unsupported,
  );
  await expect(VideoFxProcessor.create(logger, config({ blur: true }))).rejects.toMatchObject(unsupported);
  expect(log).toEqual(Array(3).fill(expect.stringMatching(/^error: \w+Processor: .*lacks/)));
});

/** A config of the SDK's second filter. */
function config({
  blur = false,
  replacement = false,
  image,
  color,
}: {
  blur?: boolean;
  replacement?: boolean;
  image?: string;
  color?: string;
}): VideoFxConfig {
  return {
    backgroundBlur: { isEnabled: blur, strength: 'high' },
    backgroundReplacement: { isEnabled: replacement, backgroundImageURL: image, defaultColor: color },
  };
}

test('a config is a blur, a picture, a colour or, by name, the camera', async () => {
  standIn();
  const processor = await VideoFxProcessor.create(logger, config({ blur: true }));
  await processor.setEffectConfig(config({ replacement: true, image: '/beach.jpg' }));
  await processor.setEffectConfig(config({ replacement: true, color: '#0c8' }));
  await processor.setEffectConfig(config({}));
  // What is not enabled does not count.
  await processor.setEffectConfig(config({ blur: true, image: '/beach.jpg', color: 'red' }));
  expect(made[0]?.effects).toEqual([
    { kind: 'blur', strength: 'high' },
    { kind: 'image', source: '/beach.jpg' },
    { kind: 'color', color: '#0c8' },
    { kind: 'none' },
    { kind: 'blur', strength: 'high' },
  ]);
});

test.each([
  ['both are enabled', config({ blur: true, replacement: true, color: '#0c8' })],
  ['there is a picture and a colour', config({ replacement: true, image: '/beach.jpg', color: '#0c8' })],
  ['there is neither', config({ replacement: true })],
  ['the colour is none', config({ replacement: true, color: '#00ff00ff' })],
  ['a flag is left out', { ...config({}), backgroundBlur: { strength: 'low' } } as unknown as VideoFxConfig],
  ['a part is left out', { backgroundBlur: config({}).backgroundBlur } as unknown as VideoFxConfig],
  ['there is none', null as unknown as VideoFxConfig],
  [
    'the strength is none',
    { ...config({}), backgroundBlur: { isEnabled: true, strength: 'none' } } as unknown as VideoFxConfig,
  ],
])('where %s the config is an error, and what was shown stays', async (_, wrong) => {
  standIn();
  const option = { code: 'option' };
  await expect(VideoFxProcessor.create(logger, wrong)).rejects.toMatchObject(option);
  expect(made).toEqual([]);
  const processor = await VideoFxProcessor.create(logger, config({ blur: true }));
  await expect(processor.setEffectConfig(wrong)).rejects.toMatchObject(option);
  expect(made[0]?.effects).toHaveLength(1);
  expect(processor.getEffectConfig()).toEqual(config({ blur: true }));
});

test('the config that is given and the one that is kept are two', async () => {
  standIn();
  const given = config({ blur: true });
  const processor = await VideoFxProcessor.create(logger, given);
  given.backgroundBlur.isEnabled = false;
  processor.getEffectConfig().backgroundBlur.isEnabled = false;
  expect(processor.getEffectConfig()).toEqual(config({ blur: true }));
  await processor.setEffectConfig(given);
  expect(made[0]?.effects[1]).toEqual({ kind: 'none' });
});

test('a config that fails leaves the one before, and can be asked for again', async () => {
  standIn();
  const processor = await VideoFxProcessor.create(logger, config({ blur: true }));
  const beach = config({ replacement: true, image: '/beach.jpg' });
  const [worker] = made;
  if (worker) worker.change = () => Promise.reject(new CycloramaError('asset', 'it is not there'));
  await expect(processor.setEffectConfig(beach)).rejects.toMatchObject({ code: 'asset' });
  expect(processor.getEffectConfig()).toEqual(config({ blur: true }));
  if (worker) worker.change = async () => true;
  await processor.setEffectConfig(beach);
  expect(worker?.effects).toHaveLength(2);
  expect(processor.getEffectConfig()).toEqual(beach);
});

test('the config is the one that is shown while another loads', async () => {
  standIn();
  const processor = await VideoFxProcessor.create(logger, config({ blur: true }));
  const [worker] = made;
  let loaded = (_isInForce: boolean) => {};
  if (worker) worker.change = () => new Promise((resolve) => (loaded = resolve));
  const change = processor.setEffectConfig(config({ replacement: true, color: '#0c8' }));
  expect(processor.getEffectConfig()).toEqual(config({ blur: true }));
  loaded(true);
  await change;
  expect(processor.getEffectConfig()).toEqual(config({ replacement: true, color: '#0c8' }));
  expect(worker?.effects).toHaveLength(2);
});

test('the processing budget is the budget, in percent', async () => {
  standIn();
  for (const percent of [undefined, 0, 40, 100]) await VideoFxProcessor.create(logger, config({}), percent);
  expect(made.map(({ options }) => options.budget)).toEqual([undefined, 0.01, 0.4, 1]);
  for (const percent of [-1, 101, Number.NaN]) {
    await expect(VideoFxProcessor.create(logger, config({}), percent)).rejects.toMatchObject({
      code: 'option',
    });
  }
});

test('paths of the SDK’s second filter are ignored in one line', async () => {
  standIn();
  const paths = { cdnBasePath: 'https://cdn.example', workerPath: '/w.js', fxLibPath: '/f.js' };
  const processor = await VideoFxProcessor.create(logger, config({}), 50, { paths }, { backend: 'webgl' });
  expect(made[0]?.options).toEqual({ effect: { kind: 'none' }, budget: 0.5, backend: 'webgl' });
  expect(log.filter((line) => line.includes('spec'))).toHaveLength(1);
  processor.setVideoFxSpec({ paths });
  expect(log.filter((line) => line.includes('spec'))).toHaveLength(2);
});
