import {
  type BackgroundSegmentationInitializationMetrics,
  type BackgroundSegmentationMetricsObserver,
  type BackgroundSegmentationProcessorMetrics,
  DefaultEventController,
  MeetingSessionConfiguration,
  MeetingSessionCredentials,
  NoOpEventReporter,
  NoOpLogger,
} from 'amazon-chime-sdk-js';
import { afterEach, expect, test } from 'vitest';
import { ChimeVideoFrameProcessor } from '../../../../ts/src/adapters/chime/index.js';
import { describeOnAllBackends, full } from '../../matrix.js';
import { readPixels } from '../helpers/pixels.js';
import { countResources, loseDevices, type ResourceCounter } from '../helpers/resource-counter.js';
import { BACKGROUND, countMarker, cut, loadAstronaut, meanDifference, PERSON } from '../helpers/scene.js';
import { FRAME_RATE, Pipeline, type Taken } from './pipeline.js';

const FRAMES = full ? 100 : 30;
/** How far rounding, and a model that is nearly certain, may change a pixel, in levels of 0 to 255. */
const KEPT = 3;

let pipeline: Pipeline | undefined;
let resources: ResourceCounter | undefined;

afterEach(async () => {
  await pipeline?.stop();
  resources?.close();
  pipeline = undefined;
  resources = undefined;
});

test(`the Chime pipeline delivers ${FRAMES} frames with a virtual background and the same person`, async () => {
  resources = countResources();
  const processor = await ChimeVideoFrameProcessor.create({
    effect: { kind: 'color', color: '#2040c0' },
    backend: 'webgpu',
    // Frames keep their size at any speed of the machine.
    quality: 'high',
    worker: false,
    // Timing would read timestamps back.
    timing: 'off',
  });
  pipeline = new Pipeline(processor);
  const stream = await pipeline.start();
  expect(stream.getVideoTracks()).toHaveLength(1);

  const [warm] = [await pipeline.next()];
  expectPersonOnly(warm, '#2040c0');
  const before = { ...resources };
  for (let frame = 1; frame < FRAMES; frame += 1) expectPersonOnly(await pipeline.next(), '#2040c0');

  // The mask check reads back its status, four bytes per second, and nothing of a frame.
  expect(resources.largestReadback).toBeLessThanOrEqual(4);
  // The mask check needs one buffer.
  expect(resources.made - before.made).toBeLessThanOrEqual(1);
  expect((await processor.metrics()).frames).toMatchObject({ hidden: 0, raw: 0, failed: 0 });
  expect((await processor.metrics()).frames.processed).toBeGreaterThanOrEqual(FRAMES);

  // The SDK's output to the app, after its own pass through a video.
  const pixels = await grab(stream);
  for (const region of BACKGROUND) expect(countMarker(cut(pixels, region))).toBe(0);

  expect(pipeline.notifications).toEqual([]);
  await pipeline.stop();
  expect(pipeline.notifications).toEqual(['stopped']);
});

test('a lost GPU device hides all frames until another one works, and the stream continues', async () => {
  resources = countResources();
  const processor = await ChimeVideoFrameProcessor.create({
    effect: { kind: 'color', color: '#2040c0' },
    backend: 'webgpu',
    // Frames keep their size at any speed of the machine.
    quality: 'high',
    worker: false,
  });
  const events: string[] = [];
  processor.addEventListener('error', ({ detail }) => events.push(detail.code));
  processor.addEventListener('recovered', ({ detail }) => events.push(detail.backend));
  pipeline = new Pipeline(processor);
  const stream = await pipeline.start();
  expectPersonOnly(await pipeline.next(), '#2040c0');

  expect(resources.devices.length).toBeGreaterThan(0);
  await loseDevices(resources);
  let hidden = 0;
  while (!events.includes('webgpu')) {
    const { input, output } = await pipeline.next();
    expect(countMarker(input)).toBeGreaterThan(1000);
    expect(countMarker(output)).toBe(0);
    hidden += 1;
  }
  expect(hidden).toBeGreaterThan(0);
  await pipeline.next();
  expectPersonOnly(await pipeline.next(), '#2040c0');
  expect(stream.getVideoTracks()[0]?.readyState).toBe('live');
  expect(events).toEqual(['device-lost', 'webgpu']);
  const { frames } = await processor.metrics();
  expect(frames).toMatchObject({ raw: 0, failed: 1 });
  expect(frames.hidden).toBeGreaterThan(0);
});

describeOnAllBackends((backend) => {
  test('every effect shows the person and hides the marker', async () => {
    const processor = await ChimeVideoFrameProcessor.create({ backend, quality: 'high' });
    pipeline = new Pipeline(processor);
    await pipeline.start();
    const image = await loadAstronaut();
    for (const effect of [
      { kind: 'blur', strength: 'high' },
      { kind: 'image', source: image, fit: 'cover' },
      { kind: 'color', color: '#0c8' },
      // The SDK does not support transparency and shows black there.
      { kind: 'transparent' },
    ] as const) {
      await processor.setEffect(effect);
      await pipeline.next();
      const { input, output } = await pipeline.next();
      for (const region of PERSON)
        expect(meanDifference(cut(input, region), cut(output, region))).toBeLessThan(KEPT);
      for (const region of BACKGROUND) expect(countMarker(cut(output, region))).toBe(0);
    }
    expect((await processor.metrics()).frames).toMatchObject({ hidden: 0, raw: 0, failed: 0 });
  });

  test('the camera comes out raw only with the effect none', async () => {
    const processor = await ChimeVideoFrameProcessor.create({
      backend,
      quality: 'high',
      effect: { kind: 'none' },
    });
    pipeline = new Pipeline(processor);
    await pipeline.start();
    const { input, output } = await pipeline.next();
    expect(meanDifference(input, output)).toBeLessThan(1);
    expect(countMarker(input)).toBeGreaterThan(1000);

    await processor.setEffect({ kind: 'color', color: '#2040c0' });
    await pipeline.next();
    expectPersonOnly(await pipeline.next(), '#2040c0');
  });

  test('a model that does not load leaves the old one active', async () => {
    const processor = await ChimeVideoFrameProcessor.create({
      backend,
      // Frames keep their size at any speed of the machine.
      quality: 'high',
      effect: { kind: 'color', color: '#2040c0' },
    });
    pipeline = new Pipeline(processor);
    await pipeline.start();
    await pipeline.next();
    await expect(processor.setModel(new ArrayBuffer(100))).rejects.toMatchObject({ code: 'model' });
    expectPersonOnly(await pipeline.next(), '#2040c0');
    expect((await processor.metrics()).frames).toMatchObject({ hidden: 0, raw: 0, failed: 0 });
  });

  test('a meeting receives the same metrics and events from the processor as from the SDK’s own', async () => {
    const processor = await ChimeVideoFrameProcessor.create({
      backend,
      // Frames keep their size at any speed of the machine.
      quality: 'high',
      effect: { kind: 'blur', strength: 'high' },
    });
    pipeline = new Pipeline(processor);
    const made: BackgroundSegmentationInitializationMetrics[] = [];
    const measured: BackgroundSegmentationProcessorMetrics[] = [];
    const collector = {
      videoProcessorMetricsDidReceive() {},
      backgroundSegmentationInitializationMetricsDidReceive: (metric) => made.push(metric),
      backgroundSegmentationProcessorMetricsDidReceive: (metric) => measured.push(metric),
    } satisfies BackgroundSegmentationMetricsObserver & { videoProcessorMetricsDidReceive(): void };
    const events: [string, Record<string, unknown>][] = [];
    const configuration = new MeetingSessionConfiguration();
    configuration.credentials = new MeetingSessionCredentials();
    const controller = new DefaultEventController(configuration, new NoOpLogger(), new NoOpEventReporter());
    controller.addObserver({
      eventDidReceive: (name, attributes) => events.push([name, { ...attributes }]),
    });
    pipeline.join(collector, controller);
    expect(made).toEqual([{ initializationStatus: 0, assetLoadingTimeMs: expect.any(Number) }]);
    expect(made[0]?.assetLoadingTimeMs).toBeGreaterThan(0);

    await pipeline.start();
    while (measured.length < 2) await pipeline.next();
    for (const metric of measured) {
      expect(metric.segmentationDurationMs).toBeGreaterThan(0);
      expect(metric.effectRenderDurationMs).toBeGreaterThan(0);
      expect(metric.estimatedCPUUsagePercentage).toBeGreaterThan(0);
      expect(metric.framesSubmitted).toBeGreaterThan(0);
      expect(metric).toMatchObject({
        framesPerSegmentation: 1,
        framesSegmented: metric.framesSubmitted,
        modelType: 'selfie_segmentation_landscape',
        delegateType: backend === 'webgpu' ? 'GPU' : 'CPU',
        errorCount: 0,
      });
    }
    await processor.setEffect({ kind: 'color', color: '#0c8' });
    await expect
      .poll(() => events.map(([name]) => name))
      .toEqual(['backgroundFilterStarted', 'backgroundFilterConfigSelected']);
    expect(events[0]?.[1]).toMatchObject({
      backgroundBlurEnabled: 'true',
      backgroundBlurStrength: 'high',
      backgroundReplacementEnabled: 'false',
      backgroundFilterEffectType: 'blur',
    });
    expect(events[1]?.[1]).toMatchObject({
      backgroundBlurEnabled: 'false',
      backgroundBlurStrength: 'none',
      backgroundReplacementEnabled: 'true',
      backgroundFilterEffectType: 'color-replacement',
    });
  });

  test('frames that cannot be processed do not stop the pipeline', async () => {
    const processor = await ChimeVideoFrameProcessor.create({
      backend,
      // Frames keep their size at any speed of the machine.
      quality: 'high',
      effect: { kind: 'color', color: '#2040c0' },
    });
    try {
      const empty = document.createElement('canvas');
      empty.width = 0;
      const [nothing] = await processor.process([buffer(empty)]);
      expect([nothing?.width, nothing?.height]).toEqual([0, 0]);
      expect(await processor.process([])).toHaveLength(1);

      const destroyed = { ...buffer(empty), asCanvasElement: () => null };
      destroyed.asCanvasImageSource = () => Promise.reject(new Error('destroyed'));
      expect((await processor.process([destroyed]))[0]?.width).toBe(0);

      // Wider than the limit of frames.
      const wide = document.createElement('canvas');
      wide.width = 20_000;
      wide.height = 4;
      const context = wide.getContext('2d');
      if (!context) throw new Error('there is no 2D context');
      context.fillStyle = '#ff00ff';
      context.fillRect(0, 0, wide.width, wide.height);
      expect((await processor.process([buffer(wide)]))[0]?.width).toBe(0);
      expect((await processor.metrics()).frames).toMatchObject({ in: 0, raw: 0 });
    } finally {
      await processor.destroy();
    }
  });

  test('an image that changes one side reaches the SDK’s output uncropped', async () => {
    const processor = await ChimeVideoFrameProcessor.create({
      backend,
      // Frames keep their size at any speed of the machine.
      quality: 'high',
      effect: { kind: 'color', color: '#2040c0' },
    });
    try {
      const sizes: number[][] = [];
      for (const [width, height] of [
        [320, 180],
        [320, 180],
        [240, 180],
        [240, 180],
        [180, 320],
      ] as const) {
        const canvas = document.createElement('canvas');
        canvas.width = width;
        canvas.height = height;
        canvas.getContext('2d')?.fillRect(0, 0, width, height);
        const [result] = await processor.process([buffer(canvas)]);
        sizes.push([result?.width ?? 0, result?.height ?? 0]);
      }
      // The SDK resizes its output only if both sides differ.
      expect(sizes).toEqual([
        [320, 180],
        [320, 180],
        [242, 182],
        [240, 180],
        [180, 320],
      ]);
    } finally {
      await processor.destroy();
    }
  });

  test('a destroyed buffer gives an empty result, and a destroyed processor gives only empty results', async () => {
    const processor = await ChimeVideoFrameProcessor.create({
      backend,
      // Frames keep their size at any speed of the machine.
      quality: 'high',
      effect: { kind: 'color', color: '#2040c0' },
    });
    const canvas = document.createElement('canvas');
    canvas.getContext('2d')?.fillRect(0, 0, canvas.width, canvas.height);
    const [result] = await processor.process([buffer(canvas)]);
    expect(result?.framerate).toBe(FRAME_RATE);
    result?.destroy();
    expect(result?.asCanvasElement?.()).toBeNull();
    await expect(result?.asCanvasImageSource()).rejects.toThrow('destroyed');

    const late = processor.process([buffer(canvas)]);
    await Promise.all([processor.destroy(), processor.destroy()]);
    expect((await late)[0]?.width).toBe(0);
    expect((await processor.process([buffer(canvas)]))[0]?.width).toBe(0);
  });
});

function expectPersonOnly({ input, output }: Taken, color: string): void {
  const [red = 0, green = 0, blue = 0] = (color.match(/[0-9a-f]{2}/g) ?? []).map((part) =>
    Number.parseInt(part, 16),
  );
  for (const region of PERSON) {
    expect(meanDifference(cut(input, region), cut(output, region))).toBeLessThan(KEPT);
  }
  for (const region of BACKGROUND) {
    expect(countMarker(cut(input, region))).toBeGreaterThan(100);
    const found = cut(output, region);
    const expected = new ImageData(found.width, found.height);
    for (let index = 0; index < expected.data.length; index += 4)
      expected.data.set([red, green, blue, 255], index);
    expect(meanDifference(found, expected)).toBeLessThan(KEPT);
  }
}

function buffer(canvas: HTMLCanvasElement) {
  return {
    framerate: FRAME_RATE,
    width: canvas.width,
    height: canvas.height,
    destroy() {},
    asCanvasElement: (): HTMLCanvasElement | null => canvas,
    asCanvasImageSource: (): Promise<CanvasImageSource> => Promise.resolve(canvas),
  };
}

/** One image of a stream, as a video shows it. */
async function grab(stream: MediaStream): Promise<ImageData> {
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  try {
    return readPixels(video, video.videoWidth, video.videoHeight);
  } finally {
    video.srcObject = null;
  }
}
