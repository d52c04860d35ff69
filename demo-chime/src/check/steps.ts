/** Runs the steps of a check one after another. Each has its own timeout. A failure does not stop the others. */
import { describe, LateError, within } from './limit';
import type { Finding, Group, Row } from './report';

/** One step. */
export interface Step {
  group: Group;
  id: string;
  title: string;
  /** The timeout, in milliseconds. */
  limit: number;
  /** Runs the step. The result is one row or many. The signal aborts after the timeout, or when the check is stopped. */
  run(signal: AbortSignal): Promise<Result | Finding[]>;
}

/** The result of a step that has one row. */
export type Result = Pick<Finding, 'status' | 'detail' | 'figures'>;

/** Follows a check. */
export interface Listener {
  /** A step begins. `done` of `total` steps are complete. */
  begins(step: Step, done: number, total: number): void;
  /** Rows were found. */
  found(rows: readonly Row[]): void;
}

/** Runs all steps. After `signal` aborts, the current step and all later ones are `not-run`. */
export async function runSteps(
  steps: readonly Step[],
  listener: Listener,
  signal: AbortSignal,
): Promise<Row[]> {
  const all: Row[] = [];
  for (const [index, step] of steps.entries()) {
    if (!signal.aborted) listener.begins(step, index, steps.length);
    const from = performance.now();
    const findings = signal.aborted ? [stopped(step)] : await runStep(step, signal);
    const took = Math.round(performance.now() - from);
    const rows = findings.map((finding) => ({ ...finding, group: step.group, took }));
    all.push(...rows);
    listener.found(rows);
  }
  return all;
}

async function runStep(step: Step, signal: AbortSignal): Promise<Finding[]> {
  const { id, title, limit } = step;
  const end = new AbortController();
  try {
    const result = await within(step.run(end.signal), limit, signal);
    return Array.isArray(result) ? result : [{ id, title, ...result }];
  } catch (error) {
    if (signal.aborted) return [stopped(step)];
    const detail = error instanceof LateError ? error.message : describe(error);
    return [{ id, title, status: 'failed', detail }];
  } finally {
    end.abort(new Error('the step has ended'));
  }
}

const stopped = ({ id, title }: Step): Finding => ({ id, title, status: 'not-run', detail: 'stopped' });
