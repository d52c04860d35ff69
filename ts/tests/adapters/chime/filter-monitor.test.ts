import { afterEach, expect, test, vi } from 'vitest';
import { FilterMonitor, type MonitorOptions } from '../../../src/adapters/chime/filter-monitor.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A monitor with a clock of its own, and what it told. */
function watch(options: MonitorOptions = {}) {
  let now = 5000;
  const told: unknown[] = [];
  const monitor = new FilterMonitor(options, () => now);
  monitor.addObserver({
    filterFrameDurationHigh: (event) => told.push(['duration', event]),
    filterCPUUtilizationHigh: (event) => told.push(['cpu', event]),
  });
  return {
    monitor,
    told,
    /** A camera of `framerate` frames a second, each of which takes so long, for so many frames. */
    run(framerate: number, took: number, frames: number) {
      const interval = 1000 / framerate;
      for (let frame = 0; frame < frames; frame += 1) {
        const arrived = monitor.arrive(framerate);
        now += took;
        monitor.finish(arrived);
        now += Math.max(0, interval - took);
      }
    },
  };
}

test('nothing is told while frames are quick', () => {
  const { told, run } = watch();
  // 29 % of the time, and of the time between two frames.
  run(10, 29, 100);
  expect(told).toEqual([]);
});

test('from 30 % of the time on that is told, once a second', () => {
  const { told, run } = watch();
  run(10, 30, 11);
  expect(told).toEqual([['cpu', { cpuUtilization: 30, filterMillis: 300, periodMillis: 1000 }]]);
  run(10, 30, 19);
  expect(told).toHaveLength(2);
});

test('the limit and the period are the app’s', () => {
  const { told, run } = watch({ filterCPUUtilization: 60, reportingPeriodMillis: 2000 });
  run(10, 59, 50);
  expect(told).toEqual([]);
  run(10, 70, 21);
  expect(told).toMatchObject([['cpu', { periodMillis: 2000 }]]);
});

test.each([0, -5, 101, Number.NaN])('a limit of %f is none, and counts as 30', (filterCPUUtilization) => {
  const { told, run } = watch({ filterCPUUtilization });
  run(10, 29, 11);
  expect(told).toEqual([]);
  run(10, 31, 10);
  expect(told).toHaveLength(1);
});

test('from 80 % of the time between two frames on frames are long', () => {
  const { told, run } = watch({ filterCPUUtilization: 100 });
  run(20, 39, 21);
  expect(told).toEqual([]);
  run(20, 40, 20);
  expect(told).toEqual([
    ['duration', { framesDropped: 0, avgFilterDurationMillis: 40, framerate: 20, periodMillis: 1000 }],
  ]);
});

test('frames that take longer than there is time between them take all of it', () => {
  const { told, run } = watch();
  run(20, 200, 6);
  expect(told).toEqual([
    ['duration', { framesDropped: 15, avgFilterDurationMillis: 200, framerate: 20, periodMillis: 1000 }],
    ['cpu', { cpuUtilization: 100, filterMillis: 1000, periodMillis: 1000 }],
  ]);
});

test('a camera that does not say its rate is not judged', () => {
  const { told, monitor } = watch({ reportingPeriodMillis: 1 });
  for (let frame = 0; frame < 5; frame += 1) monitor.finish(monitor.arrive(0) - 1000);
  expect(told).toEqual([]);
});

test('observers are told while they are added, each once, and one that throws harms nobody', () => {
  const reported = vi.fn();
  vi.stubGlobal('reportError', reported);
  const { monitor, told, run } = watch();
  const event = vi.fn();
  const observer = { filterCPUUtilizationHigh: event };
  monitor.addObserver({
    filterCPUUtilizationHigh() {
      throw new Error('the app is broken');
    },
  });
  monitor.addObserver(observer);
  monitor.addObserver(observer);
  monitor.addObserver({});
  run(10, 50, 11);
  expect(event).toHaveBeenCalledOnce();
  expect(told).toHaveLength(1);
  expect(reported).toHaveBeenCalledOnce();
  monitor.removeObserver(observer);
  run(10, 50, 10);
  expect(event).toHaveBeenCalledOnce();
  expect(told).toHaveLength(2);
});

test.each([-1, Number.NEGATIVE_INFINITY])('a period of %f is an error', (reportingPeriodMillis) => {
  expect(() => new FilterMonitor({ reportingPeriodMillis })).toThrow('reportingPeriodMillis');
});
