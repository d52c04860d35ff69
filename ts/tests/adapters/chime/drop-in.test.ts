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
} from '../../../src/adapters/chime/index.js';
import { checkEffect, type Effect } from '../../../src/shared/effect.js';
import { CycloramaError } from '../../../src/shared/errors.js';

// Only the types of the SDK may be imported, so that an app need not load the SDK for its filters.
vi.mock('amazon-chime-sdk-js', () => {
  throw new Error('the SDK was loaded');
});

/** A fake of the inner processor, which needs a browser. */
interface FakeProcessor {
  options: ChimeVideoFrameProcessorOptions;
  effects: Effect[];
  /** Runs the next change of the effect, and resolves with whether it takes effect. */
  change: () => Promise<boolean>;
  process: ChimeVideoFrameProcessor['process'];
  /** The calls of the SDK's device, with their arguments. */
  calls: [name: string, given?: unknown][];
}

let made: FakeProcessor[];
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

function stubProcessors(): void {
  vi.spyOn(ChimeVideoFrameProcessor, 'create').mockImplementation(async (options = {}) => {
    const fake: FakeProcessor = {
      options,
      effects: options.effect ? [options.effect] : [],
      change: async () => true,
      process: async (buffers) => buffers,
      calls: [],
    };
    made.push(fake);
    return {
      addEventListener() {},
      setEventController: (given: unknown) => fake.calls.push(['controller', given]),
      setMetricsCollector: (given: unknown) => fake.calls.push(['collector', given]),
      destroy: async () => fake.calls.push(['destroy']),
      process: (buffers: VideoFrameBuffer[]) => fake.process(buffers),
      get effect() {
        return checkEffect(fake.effects.at(-1) ?? { kind: 'blur' }).options;
      },
      async setEffect(effect: Effect) {
        checkEffect(effect);
        const inForce = await fake.change();
        if (inForce) fake.effects.push(effect);
        return inForce;
      },
    } as unknown as ChimeVideoFrameProcessor;
  });
}

/** A frame without an image. */
function frame(width = 640): VideoFrameBuffer {
  return { framerate: 10, width, height: 360 } as VideoFrameBuffer;
}

const png = new Blob(['image'], { type: 'image/png' });

test.each([
  [undefined, 20],
  [0, 20],
  [BackgroundBlurStrength.LOW, 28 / 3],
  [BackgroundBlurStrength.MEDIUM, 20],
  [BackgroundBlurStrength.HIGH, 40],
  [1.5, 2],
  [1000, 128],
  [Number.POSITIVE_INFINITY, 128],
])('the SDK’s blur strength %s is a strength of %f pixels at 720 lines', async (blurStrength, strength) => {
  stubProcessors();
  await BackgroundBlurVideoFrameProcessor.create(undefined, {
    ...(blurStrength !== undefined && { blurStrength }),
  });
  expect(made[0]?.effects).toEqual([{ kind: 'blur', strength: expect.closeTo(strength) }]);
});

test('`setBlurStrength` changes the strength, and throws when it is not a positive number', async () => {
  stubProcessors();
  const processor = await BackgroundBlurVideoFrameProcessor.create(undefined, { logger });
  processor.setBlurStrength(BackgroundBlurStrength.HIGH);
  await vi.waitFor(() => expect(made[0]?.effects[1]).toEqual({ kind: 'blur', strength: 40 }));
  for (const strength of [0, -1, Number.NaN, '15' as unknown as number]) {
    expect(() => processor.setBlurStrength(strength)).toThrow(CycloramaError);
  }
  expect(made[0]?.effects).toHaveLength(2);
});

test('the logger receives the error of a strength that cannot be set', async () => {
  stubProcessors();
  const processor = await BackgroundBlurVideoFrameProcessor.create(undefined, { logger });
  const [fake] = made;
  if (fake) fake.change = () => Promise.reject(new CycloramaError('destroyed', 'it is gone'));
  processor.setBlurStrength(7);
  await vi.waitFor(() => expect(log.at(-1)).toMatch(/^error: .*it is gone/));
});

test('a replacement is blue by default, or the given image with the options of the app', async () => {
  stubProcessors();
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

test('`setImageBlob` rejects when the image is invalid, and changes nothing', async () => {
  stubProcessors();
  const processor = await BackgroundReplacementVideoFrameProcessor.create(undefined, { imageBlob: png });
  await expect(processor.setImageBlob('/beach.jpg' as unknown as Blob)).rejects.toMatchObject({
    code: 'option',
  });
  const [fake] = made;
  if (fake) fake.change = () => Promise.reject(new CycloramaError('effect', 'it does not decode'));
  await expect(processor.setImageBlob(png)).rejects.toMatchObject({ code: 'effect' });
  expect(fake?.effects).toHaveLength(1);
});

test('`setImageBlob` resolves when a later change supersedes it', async () => {
  stubProcessors();
  const processor = await BackgroundReplacementVideoFrameProcessor.create();
  const [fake] = made;
  if (fake) fake.change = async () => false;
  await expect(processor.setImageBlob(png)).resolves.toBeUndefined();
});

test('the SDK’s CPU limit is the default of the budget', async () => {
  stubProcessors();
  const create = BackgroundBlurVideoFrameProcessor.create;
  await create();
  await create(undefined, { filterCPUUtilization: 45 });
  await create(undefined, { filterCPUUtilization: 45, budget: 0.9 });
  await create(undefined, { filterCPUUtilization: 450, logger });
  expect(made.map(({ options }) => options.budget)).toEqual([undefined, 0.45, 0.9, undefined]);
  expect(log.filter((line) => line.startsWith('warn'))).toEqual([expect.stringContaining('450')]);
});

test('the processor does not receive the SDK’s own options, and the log reports an ignored spec in one line', async () => {
  stubProcessors();
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

test('observers receive the times of frames, and empty frames do not count', async () => {
  stubProcessors();
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
  const processor = await BackgroundBlurVideoFrameProcessor.create(undefined, { reportingPeriodMillis: 500 });
  const [fake] = made;
  if (fake) {
    fake.process = async (buffers) => {
      await vi.advanceTimersByTimeAsync(90);
      return buffers;
    };
  }
  const events: unknown[] = [];
  const observer = {
    filterFrameDurationHigh: (event: object) => events.push(event),
    filterCPUUtilizationHigh: (event: object) => events.push(event),
  };
  processor.addObserver(observer);
  for (let count = 0; count < 7; count += 1) await processor.process([frame(0)]);
  expect(events).toEqual([]);
  for (let count = 0; count < 12; count += 1) await processor.process([frame()]);
  expect(events).toContainEqual({
    framesDropped: 0,
    avgFilterDurationMillis: 90,
    framerate: 10,
    periodMillis: 540,
  });
  expect(events).toContainEqual({ cpuUtilization: 100, filterMillis: 540, periodMillis: 540 });
  processor.removeObserver(observer);
  events.length = 0;
  for (let count = 0; count < 12; count += 1) await processor.process([frame()]);
  expect(events).toEqual([]);
});

test('the inner processor receives what the SDK’s device passes to its processors', async () => {
  stubProcessors();
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

test('without browser support, `isSupported` resolves with false and `create` rejects', async () => {
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

/** A config of the SDK's second-generation filter. */
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

test('a config sets a blur, an image, a color or the camera', async () => {
  stubProcessors();
  const processor = await VideoFxProcessor.create(logger, config({ blur: true }));
  await processor.setEffectConfig(config({ replacement: true, image: '/beach.jpg' }));
  await processor.setEffectConfig(config({ replacement: true, color: '#0c8' }));
  await processor.setEffectConfig(config({}));
  // A disabled part is ignored.
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
  ['an image and a color are given', config({ replacement: true, image: '/beach.jpg', color: '#0c8' })],
  ['neither is given', config({ replacement: true })],
  ['the color is invalid', config({ replacement: true, color: '#00ff00ff' })],
  ['a flag is missing', { ...config({}), backgroundBlur: { strength: 'low' } } as unknown as VideoFxConfig],
  ['a part is missing', { backgroundBlur: config({}).backgroundBlur } as unknown as VideoFxConfig],
  ['the config is null', null as unknown as VideoFxConfig],
  [
    'the strength is invalid',
    { ...config({}), backgroundBlur: { isEnabled: true, strength: 'none' } } as unknown as VideoFxConfig,
  ],
])('`setEffectConfig` rejects and keeps the effect when %s', async (_, wrong) => {
  stubProcessors();
  const option = { code: 'option' };
  await expect(VideoFxProcessor.create(logger, wrong)).rejects.toMatchObject(option);
  expect(made).toEqual([]);
  const processor = await VideoFxProcessor.create(logger, config({ blur: true }));
  await expect(processor.setEffectConfig(wrong)).rejects.toMatchObject(option);
  expect(made[0]?.effects).toHaveLength(1);
  expect(processor.getEffectConfig()).toEqual(config({ blur: true }));
});

test('`setEffectConfig` and `getEffectConfig` copy the config', async () => {
  stubProcessors();
  const given = config({ blur: true });
  const processor = await VideoFxProcessor.create(logger, given);
  given.backgroundBlur.isEnabled = false;
  processor.getEffectConfig().backgroundBlur.isEnabled = false;
  expect(processor.getEffectConfig()).toEqual(config({ blur: true }));
  await processor.setEffectConfig(given);
  expect(made[0]?.effects[1]).toEqual({ kind: 'none' });
});

test('a failed config keeps the previous one, and can be set again', async () => {
  stubProcessors();
  const processor = await VideoFxProcessor.create(logger, config({ blur: true }));
  const beach = config({ replacement: true, image: '/beach.jpg' });
  const [fake] = made;
  if (fake) fake.change = () => Promise.reject(new CycloramaError('asset', 'the file is missing'));
  await expect(processor.setEffectConfig(beach)).rejects.toMatchObject({ code: 'asset' });
  expect(processor.getEffectConfig()).toEqual(config({ blur: true }));
  if (fake) fake.change = async () => true;
  await processor.setEffectConfig(beach);
  expect(fake?.effects).toHaveLength(2);
  expect(processor.getEffectConfig()).toEqual(beach);
});

test('`getEffectConfig` returns the current config while another one loads', async () => {
  stubProcessors();
  const processor = await VideoFxProcessor.create(logger, config({ blur: true }));
  const [fake] = made;
  let loaded = (_isInForce: boolean) => {};
  if (fake) fake.change = () => new Promise((resolve) => (loaded = resolve));
  const change = processor.setEffectConfig(config({ replacement: true, color: '#0c8' }));
  expect(processor.getEffectConfig()).toEqual(config({ blur: true }));
  loaded(true);
  await change;
  expect(processor.getEffectConfig()).toEqual(config({ replacement: true, color: '#0c8' }));
  expect(fake?.effects).toHaveLength(2);
});

test('the processing budget in percent sets the budget', async () => {
  stubProcessors();
  for (const percent of [undefined, 0, 40, 100]) await VideoFxProcessor.create(logger, config({}), percent);
  expect(made.map(({ options }) => options.budget)).toEqual([undefined, 0.01, 0.4, 1]);
  for (const percent of [-1, 101, Number.NaN]) {
    await expect(VideoFxProcessor.create(logger, config({}), percent)).rejects.toMatchObject({
      code: 'option',
    });
  }
});

test('the log reports ignored paths of the SDK’s second-generation filter in one line', async () => {
  stubProcessors();
  const paths = { cdnBasePath: 'https://cdn.example', workerPath: '/w.js', fxLibPath: '/f.js' };
  const processor = await VideoFxProcessor.create(logger, config({}), 50, { paths }, { backend: 'webgl' });
  expect(made[0]?.options).toEqual({ effect: { kind: 'none' }, budget: 0.5, backend: 'webgl' });
  expect(log.filter((line) => line.includes('spec'))).toHaveLength(1);
  processor.setVideoFxSpec({ paths });
  expect(log.filter((line) => line.includes('spec'))).toHaveLength(2);
});
