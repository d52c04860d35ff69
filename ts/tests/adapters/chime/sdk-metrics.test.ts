import { createRequire } from 'node:module';
import type {
  BackgroundSegmentationMetricsObserver,
  EventController,
  EventName,
  VideoFXEventAttributes,
} from 'amazon-chime-sdk-js';
import { afterEach, expect, test, vi } from 'vitest';
import {
  ChimeHooks,
  type ProcessorMetrics,
  type ProcessorState,
} from '../../../src/adapters/chime/sdk-metrics.js';
import { CycloramaError } from '../../../src/shared/errors.js';
import type { MetricsReport } from '../../../src/shared/metrics.js';
import { Meter } from '../../../src/worker/metrics/meter.js';
import { conditions, gpuTimes, info, loadOf, made } from '../../fakes/frames.js';

/** The SDK's collector. Its path has no importable types. */
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

const shown: ProcessorState = { effect: { kind: 'blur' }, model: 'selfie_segmentation' };

/** The report of a meter after `frames` segmented frames and one failure. */
function report(meter: Meter, frames: number, given: Partial<typeof conditions> = {}): MetricsReport {
  const load = loadOf(meter, given);
  for (let number = 1; number <= frames; number += 1) {
    meter.arrive();
    const frame = meter.record(made(load, number));
    if (frame) meter.finish(frame, number * 1000 + 50, [{ number, ...gpuTimes(2) }]);
    meter.leave('processed', number * 1000 + 50);
  }
  meter.fail();
  const memory = { wasm: undefined, model: undefined, heap: undefined };
  return { ...meter.report({ ...conditions, ...given }, memory), samples: meter.takeSamples() };
}

test('the SDK’s collector receives all fields that it knows', () => {
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
      // The GPU times: 2 * (2 + 3) and 2 * (4 + 5).
      videoBgSegSegmentationDurationMs: 10,
      videoBgSegEffectRenderDurationMs: 18,
      videoBgSegFramesPerSegmentation: 1,
      // 10 * 21 ms in ten seconds.
      videoBgSegCpuUsagePercent: expect.closeTo(2.1),
      videoBgSegErrorCount: 1,
      videoBgSegFramesSubmitted: 10,
      videoBgSegFramesSegmented: 10,
      videoBgSegModelType: 'selfie_segmentation',
      videoBgSegDelegateType: 'GPU',
    },
  ]);
});

test('the first collector receives the initialization once, and no earlier measurements', () => {
  const hooks = new ChimeHooks(() => shown, 1234);
  const meter = new Meter('auto');
  hooks.measured(report(meter, 3));
  const received: unknown[] = [];
  const observer = {
    backgroundSegmentationInitializationMetricsDidReceive: (metric: unknown) => received.push(metric),
    backgroundSegmentationProcessorMetricsDidReceive: ({ framesSubmitted }: ProcessorMetrics) =>
      received.push(framesSubmitted),
  };
  hooks.setMetricsCollector(observer);
  hooks.setMetricsCollector({ ...observer });
  expect(received).toEqual([{ initializationStatus: 0, assetLoadingTimeMs: 1234 }]);
  hooks.measured(report(meter, 4));
  // A new worker restarts its counts.
  hooks.measured(report(new Meter('auto'), 2));
  // Its first report may have more frames than the last worker's.
  hooks.measured(report(new Meter('auto'), 9));
  expect(received.slice(1)).toEqual([4, 2, 9]);
});

test.each(['webgl', 'cpu'] as const)(
  'backend %s reports CPU timings, and the model type `custom`',
  (backend) => {
    const hooks = new ChimeHooks(() => ({ ...shown, model: new ArrayBuffer(8) }), 0);
    let received: ProcessorMetrics | undefined;
    hooks.setMetricsCollector({
      backgroundSegmentationInitializationMetricsDidReceive() {},
      backgroundSegmentationProcessorMetricsDidReceive: (metric) => {
        received = metric;
      },
    });
    hooks.measured(report(new Meter('auto'), 5, { info: { ...info, backend } }));
    expect(received).toMatchObject({ segmentationDurationMs: 5, delegateType: 'CPU', modelType: 'custom' });
  },
);

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

test('the event controller receives the effect once when it is set, and at each change', () => {
  let now: ProcessorState = shown;
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

test('the event controller receives failures of the filter, not those of an image or a frame', () => {
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

/** A controller that records the published events. */
function recorder(events: Published[]): EventController {
  return {
    addObserver() {},
    removeObserver() {},
    async publishEvent(name, attributes) {
      events.push([name, attributes as VideoFXEventAttributes]);
    },
  };
}
