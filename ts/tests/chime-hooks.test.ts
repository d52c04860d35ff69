import { createRequire } from 'node:module';
import type {
  BackgroundSegmentationMetricsObserver,
  EventController,
  EventName,
  VideoFXEventAttributes,
} from 'amazon-chime-sdk-js';
import { afterEach, expect, test, vi } from 'vitest';
import { ChimeHooks, type ProcessorMetrics, type Shown } from '../src/adapters/chime/sdk-metrics.js';
import { CycloramaError } from '../src/shared/errors.js';
import type { MetricsReport } from '../src/shared/metrics.js';
import { Meter } from '../src/worker/metrics/meter.js';
import { conditions, info, loadOf, made, times } from './frames.js';

/** The SDK's own collector, which has no types to import by this path. */
interface StatsCollector extends BackgroundSegmentationMetricsObserver {
  addVideoProcessorMetrics(reports: object[], ssrc: number): void;
  addBgSegProcessorMetrics(reports: object[], ssrc: number): void;
}

const require = createRequire(import.meta.url);

function statsCollector(): StatsCollector {
  const { default: Collector } = require('amazon-chime-sdk-js/build/statscollector/StatsCollector');
  return new Collector({}, { info() {}, debug() {} });
}

afterEach(() => {
  vi.useRealTimers();
});

const shown: Shown = { effect: { kind: 'blur' }, model: 'selfie_segmentation' };

/** What a meter reports of so many frames that were all segmented, of which one failed. */
function report(meter: Meter, frames: number, given: Partial<typeof conditions> = {}): MetricsReport {
  const load = loadOf(meter, given);
  const { output: _, total: __, ...gpu } = times(2);
  for (let number = 1; number <= frames; number += 1) {
    meter.arrive();
    const frame = meter.record(made(load, number));
    if (frame) meter.finish(frame, number * 1000 + 50, [{ number, ...gpu }]);
    meter.leave('processed', number * 1000 + 50);
  }
  meter.fail();
  const memory = { wasm: undefined, model: undefined, heap: undefined };
  return { ...meter.report({ ...conditions, ...given }, memory), samples: meter.takeSamples() };
}

test('the SDK’s collector gets what it has fields for', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const hooks = new ChimeHooks(() => shown, 1234);
  vi.advanceTimersByTime(10_000);
  const collector = statsCollector();
  hooks.setMetricsCollector(collector);
  hooks.measured(report(new Meter('auto'), 10));
  const reports: object[] = [];
  collector.addVideoProcessorMetrics(reports, 1);
  collector.addBgSegProcessorMetrics(reports, 1);
  expect(reports).toMatchObject([
    {
      videoBgSegAssetLoadingFailure: 0,
      videoBgSegAssetLoadingTimeMs: 1234,
      videoBgSegCompatibilityFailure: 0,
      videoBgSegProcessorCreationFailure: 0,
    },
    {
      // The GPU's times: twice 2 + 3, and twice 4 + 5.
      videoBgSegSegmentationDurationMs: 10,
      videoBgSegEffectRenderDurationMs: 18,
      videoBgSegFramesPerSegmentation: 1,
      // Ten times 21 ms in ten seconds.
      videoBgSegCpuUsagePercent: expect.closeTo(2.1),
      videoBgSegErrorCount: 1,
      videoBgSegFramesSubmitted: 10,
      videoBgSegFramesSegmented: 10,
      videoBgSegModelType: 'selfie_segmentation',
      videoBgSegDelegateType: 'GPU',
    },
  ]);
});

test('how it was made is told once, to the first collector, and what was measured before is not', () => {
  const hooks = new ChimeHooks(() => shown, 1234);
  const meter = new Meter('auto');
  hooks.measured(report(meter, 3));
  const told: unknown[] = [];
  const observer = {
    backgroundSegmentationInitializationMetricsDidReceive: (metric: unknown) => told.push(metric),
    backgroundSegmentationProcessorMetricsDidReceive: ({ framesSubmitted }: ProcessorMetrics) =>
      told.push(framesSubmitted),
  };
  hooks.setMetricsCollector(observer);
  hooks.setMetricsCollector({ ...observer });
  expect(told).toEqual([{ initializationStatus: 0, assetLoadingTimeMs: 1234 }]);
  hooks.measured(report(meter, 4));
  // Another worker counts anew.
  hooks.measured(report(new Meter('auto'), 2));
  // So does one that made more frames by its first report than the last one ever did.
  hooks.measured(report(new Meter('auto'), 9));
  expect(told.slice(1)).toEqual([4, 2, 9]);
});

test('a network on the processor is timed there, and named as what it is', () => {
  const hooks = new ChimeHooks(() => ({ ...shown, model: new ArrayBuffer(8) }), 0);
  let told: ProcessorMetrics | undefined;
  hooks.setMetricsCollector({
    backgroundSegmentationInitializationMetricsDidReceive() {},
    backgroundSegmentationProcessorMetricsDidReceive: (metric) => {
      told = metric;
    },
  });
  hooks.measured(report(new Meter('auto'), 5, { info: { ...info, backend: 'webgl' } }));
  expect(told).toMatchObject({ segmentationDurationMs: 5, delegateType: 'CPU', modelType: 'custom' });
});

test('a collector or a controller that throws does no harm', async () => {
  const hooks = new ChimeHooks(() => shown, 0);
  const fail = () => {
    throw new Error('the collector is broken');
  };
  hooks.setMetricsCollector({
    backgroundSegmentationInitializationMetricsDidReceive: fail,
    backgroundSegmentationProcessorMetricsDidReceive: fail,
  });
  hooks.measured(report(new Meter('auto'), 2));
  hooks.setEventController({ ...recorder([]), publishEvent: () => Promise.reject(new Error('offline')) });
  hooks.changed();
  hooks.setEventController({ ...recorder([]), publishEvent: fail });
  await Promise.resolve();
});

test('the event controller is told what is shown: once when it comes, and at each change', () => {
  let now: Shown = shown;
  const hooks = new ChimeHooks(() => now, 0);
  hooks.changed();
  const events: Published[] = [];
  const controller = recorder(events);
  hooks.setEventController(controller);
  hooks.setEventController(controller);
  const blurred = {
    backgroundBlurEnabled: 'true',
    backgroundBlurStrength: 'medium',
    backgroundReplacementEnabled: 'false',
    backgroundFilterVersion: 3,
    backgroundFilterModelType: 'selfie_segmentation',
    backgroundFilterEffectType: 'blur',
  };
  expect(events).toEqual([['backgroundFilterStarted', blurred]]);
  now = { effect: { kind: 'image', source: '/beach.jpg' }, model: new URL('https://example.com/x.tflite') };
  hooks.changed();
  const replaced = {
    ...blurred,
    backgroundBlurEnabled: 'false',
    backgroundBlurStrength: 'none',
    backgroundReplacementEnabled: 'true',
    backgroundFilterModelType: 'custom',
    backgroundFilterEffectType: 'image-replacement',
  };
  expect(events[1]).toEqual(['backgroundFilterConfigSelected', replaced]);
  expect(JSON.stringify(events)).not.toMatch(/beach|example/);
});

test('failures of the filter are told, those of a picture or a frame are not', () => {
  const hooks = new ChimeHooks(() => shown, 0);
  const events: Published[] = [];
  hooks.setEventController(recorder(events));
  hooks.failed(new CycloramaError('effect', 'the background (https://example.com/x.webm) broke off'));
  hooks.failed(new CycloramaError('frame', 'the frame could not be read'));
  hooks.failed(new CycloramaError('device-lost', 'the GPU device was lost'));
  const source =
    'Failed to fetch dynamically imported module: https://app.example.com/a/chunk.js?user=7 (404)';
  hooks.failed(new CycloramaError('worker', source));
  expect(events.slice(1)).toEqual([
    [
      'backgroundFilterFailed',
      {
        backgroundFilterVersion: 3,
        backgroundFilterErrorType: 'device-lost',
        backgroundFilterErrorMessage: 'the GPU device was lost',
      },
    ],
    [
      'backgroundFilterFailed',
      {
        backgroundFilterVersion: 3,
        backgroundFilterErrorType: 'worker',
        backgroundFilterErrorMessage: 'Failed to fetch dynamically imported module: (URL) (404)',
      },
    ],
  ]);
});

type Published = [EventName, VideoFXEventAttributes | undefined];

/** A controller that notes what is published. */
function recorder(events: Published[]): EventController {
  return {
    addObserver() {},
    removeObserver() {},
    async publishEvent(name, attributes) {
      events.push([name, attributes as VideoFXEventAttributes]);
    },
  };
}
