import { checkReport, type Report } from './report';

/** The most runs to keep, and their most characters. Browsers give a page a few million. */
const MOST_RUNS = 10;
const MOST_CHARACTERS = 1_500_000;
const KEY = 'cyclorama-benchmark-runs';

/** The earlier runs in this browser's storage, the latest first. Unreadable entries are left out. */
export function earlierRuns(): Report[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.flatMap(readable) : [];
  } catch {
    // The storage is disabled, or contains something else under this key.
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

/** Stores a run. The oldest runs are removed if there is no room. */
export function keepRun(report: Report): void {
  const runs = [report, ...earlierRuns()].slice(0, MOST_RUNS);
  while (runs.length > 1 && JSON.stringify(runs).length > MOST_CHARACTERS) runs.pop();
  try {
    localStorage.setItem(KEY, JSON.stringify(runs));
  } catch {
    // The storage is full or disabled. The run is then shown but not stored.
  }
}

/** Deletes all stored runs. */
export function deleteRuns(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // A disabled storage contains nothing.
  }
}
