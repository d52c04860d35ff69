import { invalid } from '../../shared/validation.js';
import type { BackgroundFilterVideoFrameProcessorObserver } from './filter-types.js';

/** The share of the time between two frames from which the SDK calls a filter slow. */
const SLOW_SHARE = 0.8;
const DEFAULT_PERIOD = 1000;
/** Percent. */
const DEFAULT_UTILIZATION = 30;

/** What a monitor is told to look for. */
export interface MonitorOptions {
  /** The least time between two reports, in milliseconds; 1000 where it is 0 or left out. */
  reportingPeriodMillis?: number | undefined;
  /** The share of the time from which a report is due, in percent; 30 where it is 0 or left out. */
  filterCPUUtilization?: number | undefined;
}

/**
 * Tells the observers of one of the SDK's filters what the SDK tells them: that frames take long, or much of the time. What
 * counts is the wall clock from when a frame is handed in until its picture is there, of which the processor may have
 * slept the most.
 */
export class FilterMonitor {
  readonly #period: number;
  readonly #utilization: number;
  readonly #now: () => number;
  readonly #observers = new Set<BackgroundFilterVideoFrameProcessorObserver>();
  #framerate = 0;
  /** When the period began; `undefined` before the first frame. */
  #since: number | undefined;
  /** Frames of the period, and how long they took together. */
  #count = 0;
  #total = 0;

  /**
   * `now` is a clock in milliseconds.
   *
   * @throws {CycloramaError} `option` for a period that is no time
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

  /** A frame of a camera of so many frames a second is handed in. Gives the time, for {@link finish}. */
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

  /** The picture of a frame that arrived at this time is there. */
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
    if (avgFilterDurationMillis >= Math.round((1000 / framerate) * SLOW_SHARE)) {
      const framesDropped = Math.max(0, Math.round((framerate * elapsed) / 1000) - this.#count);
      const event = { framesDropped, avgFilterDurationMillis, framerate, periodMillis };
      this.#tell((observer) => observer.filterFrameDurationHigh?.(event));
    }
    if (cpuUtilization >= this.#utilization) {
      const event = { cpuUtilization, filterMillis: Math.round(this.#total), periodMillis };
      this.#tell((observer) => observer.filterCPUUtilizationHigh?.(event));
    }
  }

  #tell(call: (observer: BackgroundFilterVideoFrameProcessorObserver) => void): void {
    for (const observer of [...this.#observers]) {
      try {
        call(observer);
      } catch (cause) {
        // The SDK's pipeline would stop for ever; whoever looks for the app's errors finds this one.
        reportError(cause);
      }
    }
  }
}

/** Whether a limit is one that the SDK takes: above 0, at most 100. */
export function isPercent(limit: number | undefined): limit is number {
  return typeof limit === 'number' && limit > 0 && limit <= 100;
}
