import { afterEach, expect, test, vi } from 'vitest';
import { FilterMonitor, type MonitorOptions } from '../../../src/adapters/chime/filter-monitor.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A monitor with its own clock, and the events that it reported. */
function watch(options: MonitorOptions = {}) {
  let now = 5000;
  const events: unknown[] = [];
  const monitor = new FilterMonitor(options, () => now);
  monitor.addObserver({
    filterFrameDurationHigh: (event) => events.push(['duration', event]),
    filterCPUUtilizationHigh: (event) => events.push(['cpu', event]),
  });
  return {
    monitor,
    events,
    /** Runs frames of a camera at `framerate` frames per second. Each frame takes `took` milliseconds. */
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

test('quick frames report nothing', () => {
  const { events, run } = watch();
  // 29 % of all time, and of the interval between frames.
  run(10, 29, 100);
  expect(events).toEqual([]);
});

test('a CPU utilization of 30 % and more is reported once a second', () => {
  const { events, run } = watch();
  run(10, 30, 11);
  expect(events).toEqual([['cpu', { cpuUtilization: 30, filterMillis: 300, periodMillis: 1000 }]]);
  run(10, 30, 19);
  expect(events).toHaveLength(2);
});

test('the app sets the limit and the period', () => {
  const { events, run } = watch({ filterCPUUtilization: 60, reportingPeriodMillis: 2000 });
  run(10, 59, 50);
  expect(events).toEqual([]);
  run(10, 70, 21);
  expect(events).toMatchObject([['cpu', { periodMillis: 2000 }]]);
});

test.each([0, -5, 101, Number.NaN])('an invalid limit of %f counts as 30', (filterCPUUtilization) => {
  const { events, run } = watch({ filterCPUUtilization });
  run(10, 29, 11);
  expect(events).toEqual([]);
  run(10, 31, 10);
  expect(events).toHaveLength(1);
});

test('frames that take 80 % or more of the interval between frames are reported as long', () => {
  const { events, run } = watch({ filterCPUUtilization: 100 });
  run(20, 39, 21);
  expect(events).toEqual([]);
  run(20, 40, 20);
  expect(events).toEqual([
    ['duration', { framesDropped: 0, avgFilterDurationMillis: 40, framerate: 20, periodMillis: 1000 }],
  ]);
});

test('frames that take longer than the interval between them use 100 % of the CPU', () => {
  const { events, run } = watch();
  run(20, 200, 6);
  expect(events).toEqual([
    ['duration', { framesDropped: 15, avgFilterDurationMillis: 200, framerate: 20, periodMillis: 1000 }],
    ['cpu', { cpuUtilization: 100, filterMillis: 1000, periodMillis: 1000 }],
  ]);
});

test('a camera without a frame rate reports nothing', () => {
  const { events, monitor } = watch({ reportingPeriodMillis: 1 });
  for (let frame = 0; frame < 5; frame += 1) monitor.finish(monitor.arrive(0) - 1000);
  expect(events).toEqual([]);
});

test('each added observer receives events once, and one that throws does not affect others', () => {
  const reported = vi.fn();
  vi.stubGlobal('reportError', reported);
  const { monitor, events, run } = watch();
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
  expect(events).toHaveLength(1);
  expect(reported).toHaveBeenCalledOnce();
  monitor.removeObserver(observer);
  run(10, 50, 10);
  expect(event).toHaveBeenCalledOnce();
  expect(events).toHaveLength(2);
});

test.each([-1, Number.NEGATIVE_INFINITY])('a period of %f is an error', (reportingPeriodMillis) => {
  expect(() => new FilterMonitor({ reportingPeriodMillis })).toThrow('reportingPeriodMillis');
});
