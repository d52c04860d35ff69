import type { Clock } from '../../shared/metrics.js';
import { STAGES, type Stage } from '../../shared/stages.js';

/** What an entry of ours says besides its name and times. */
export interface SpanDetail {
  /** What the span was measured by; see {@link Clock}. */
  clock: Clock;
}

/**
 * Shows stages to profilers and `PerformanceObserver`s of this thread as entries `cyclorama:<stage>`, one after the other
 * from `start` on, on the clock of `performance.now()`. Stages without a time are left out.
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

/** The same, so that the last stage ends at `end`. */
export function showStagesBefore(times: Partial<Record<Stage, number>>, end: number, clock: Clock): void {
  const whole = STAGES.reduce((sum, stage) => sum + (times[stage] ?? 0), 0);
  // No entry may begin before the page did, whatever a GPU's clock says.
  showStages(times, Math.max(0, end - whole), clock);
}

/** Shows a whole frame as an entry `cyclorama:frame`. */
export function showFrame(start: number, end: number): void {
  show('cyclorama:frame', start, end, 'completed');
}

function show(name: string, start: number, end: number, clock: Clock): void {
  const detail: SpanDetail = { clock };
  try {
    performance.measure(name, { start, end, detail });
    // Whoever listens has it by now; the browser would keep it for as long as the page is open.
    performance.clearMeasures(name);
  } catch {
    // Scripts that monitor a page put functions of their own in the place of these: what those throw is no reason for a
    // frame to fail.
  }
}
