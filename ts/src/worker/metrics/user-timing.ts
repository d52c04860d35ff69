import type { Clock } from '../../shared/metrics.js';
import { STAGES, type Stage } from '../../shared/stages.js';

/** The `detail` of a User Timing entry. */
export interface SpanDetail {
  /** The clock of the measurement. */
  clock: Clock;
}

/**
 * Adds consecutive User Timing entries `cyclorama:<stage>` from `start` on, for profilers and `PerformanceObserver`s of this thread.
 * Times are those of `performance.now()`. Skips stages without a time.
 */
export function showStages(times: Partial<Record<Stage, number>>, start: number, clock: Clock): void {
  let begin = start;
  for (const stage of STAGES) {
    const time = times[stage];
    if (!(time && time > 0)) continue;
    show(`cyclorama:${stage}`, begin, begin + time, clock);
    begin += time;
  }
}

/** Adds the entries of {@link showStages} so that the last stage ends at `end`. */
export function showStagesBefore(times: Partial<Record<Stage, number>>, end: number, clock: Clock): void {
  const whole = STAGES.reduce((sum, stage) => sum + (times[stage] ?? 0), 0);
  // An entry must not begin before the time origin, even if GPU times are too long.
  showStages(times, Math.max(0, end - whole), clock);
}

/** Adds a User Timing entry `cyclorama:frame` for a whole frame. */
export function showFrame(start: number, end: number): void {
  show('cyclorama:frame', start, end, 'completed');
}

function show(name: string, start: number, end: number, clock: Clock): void {
  const detail: SpanDetail = { clock };
  try {
    performance.measure(name, { start, end, detail });
    // Observers have received the entry. The browser would otherwise keep it until the page is closed.
    performance.clearMeasures(name);
  } catch {
    // Monitoring scripts may replace these functions. Their errors must not fail a frame.
  }
}
