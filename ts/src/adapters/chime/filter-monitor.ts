import { invalid } from '../../shared/validation.js';
import type { BackgroundFilterVideoFrameProcessorObserver } from './filter-types.js';

/** The fraction of the frame interval from which the SDK considers a filter slow. */
const SLOW_FRACTION = 0.8;
const DEFAULT_PERIOD = 1000;
/** Percent. */
const DEFAULT_UTILIZATION = 30;

/** Options of a monitor. */
export interface MonitorOptions {
  /** The minimum time between two reports in milliseconds. 1000 if it is 0 or omitted. */
  reportingPeriodMillis?: number | undefined;
  /** The processing time in percent of all time from which it is reported. 30 if it is 0 or omitted. */
  filterCPUUtilization?: number | undefined;
}

/**
 * Notifies observers as the SDK's filters do: if frames take long, or a large fraction of all time. It
 * measures the wall-clock time from a frame's submission to its output, although the CPU may be idle for
 * most of it.
 */
export class FilterMonitor {
  readonly #period: number;
  readonly #utilization: number;
  readonly #now: () => number;
  readonly #observers = new Set<BackgroundFilterVideoFrameProcessorObserver>();
  #framerate = 0;
  /** The start of the period. `undefined` before the first frame. */
  #since: number | undefined;
  /** The frames of the period, and their total time. */
  #count = 0;
  #total = 0;

  /**
   * @param now a clock in milliseconds
   * @throws {CycloramaError} `option` for an invalid period
   */
  constructor(options: MonitorOptions, now = () => performance.now()) {
    this.#period = options.reportingPeriodMillis || DEFAULT_PERIOD;
    if (!(typeof this.#period === 'number' && this.#period > 0)) {
      throw invalid('reportingPeriodMillis', options.reportingPeriodMillis, 'a number of milliseconds');
    }
    this.#utilization = isPercent(options.filterCPUUtilization)
      ? options.filterCPUUtilization
      : DEFAULT_UTILIZATION;
    this.#now = now;
  }

  addObserver(observer: BackgroundFilterVideoFrameProcessorObserver): void {
    this.#observers.add(observer);
  }

  removeObserver(observer: BackgroundFilterVideoFrameProcessorObserver): void {
    this.#observers.delete(observer);
  }

  /** Records a submitted frame and its camera's frame rate. Returns the time, for {@link finish}. */
  arrive(framerate: number): number {
    const now = this.#now();
    this.#framerate = framerate;
    this.#since ??= now;
    const elapsed = now - this.#since;
    if (elapsed >= this.#period) {
      this.#report(elapsed);
      this.#since = now;
      this.#count = 0;
      this.#total = 0;
    }
    return now;
  }

  /** Records that the frame that arrived at this time is processed. */
  finish(arrived: number): void {
    this.#count += 1;
    this.#total += this.#now() - arrived;
  }

  #report(elapsed: number): void {
    const framerate = this.#framerate;
    if (!(framerate > 0) || this.#count === 0) return;
    const periodMillis = Math.round(elapsed);
    const avgFilterDurationMillis = Math.round(this.#total / this.#count);
    const cpuUtilization = Math.round((this.#total * 100) / elapsed);
    if (avgFilterDurationMillis >= Math.round((1000 / framerate) * SLOW_FRACTION)) {
      const framesDropped = Math.max(0, Math.round((framerate * elapsed) / 1000) - this.#count);
      const event = { framesDropped, avgFilterDurationMillis, framerate, periodMillis };
      this.#notify((observer) => observer.filterFrameDurationHigh?.(event));
    }
    if (cpuUtilization >= this.#utilization) {
      const event = { cpuUtilization, filterMillis: Math.round(this.#total), periodMillis };
      this.#notify((observer) => observer.filterCPUUtilizationHigh?.(event));
    }
  }

  #notify(call: (observer: BackgroundFilterVideoFrameProcessorObserver) => void): void {
    for (const observer of [...this.#observers]) {
      try {
        call(observer);
      } catch (cause) {
        // An exception would stop the SDK's pipeline for good. The page's error handlers receive this error.
        reportError(cause);
      }
    }
  }
}

/** Whether the SDK accepts a limit: above 0, at most 100. */
export function isPercent(limit: number | undefined): limit is number {
  return typeof limit === 'number' && limit > 0 && limit <= 100;
}
