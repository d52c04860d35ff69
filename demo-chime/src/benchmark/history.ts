import { checkReport, type Report } from './report';

/** Runs that are kept, and the room that they may take, in characters: browsers give a page some millions. */
const MOST_RUNS = 10;
const MOST_ROOM = 1_500_000;
const KEY = 'cyclorama-benchmark-runs';

/** The runs of before that this browser keeps for this page, the latest first; without what cannot be read any more. */
export function earlierRuns(): Report[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.flatMap(readable) : [];
  } catch {
    // A browser that keeps nothing, or something else that is kept under this name.
    return [];
  }
}

function readable(value: unknown): Report[] {
  try {
    return [checkReport(value)];
  } catch {
    return [];
  }
}

/** Keeps a run; the oldest make room. */
export function keepRun(report: Report): void {
  const runs = [report, ...earlierRuns()].slice(0, MOST_RUNS);
  while (runs.length > 1 && JSON.stringify(runs).length > MOST_ROOM) runs.pop();
  try {
    localStorage.setItem(KEY, JSON.stringify(runs));
  } catch {
    // Full, or not allowed: then there is no earlier run to compare with, which is no reason to lose this one.
  }
}

/** Forgets all runs. */
export function forgetRuns(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing is kept where nothing may be.
  }
}
