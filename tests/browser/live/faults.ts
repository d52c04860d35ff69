import type { Backend } from '../../../ts/src/index.js';
import { type Fault, pause, Session } from './fault-session.js';
import { faultsOfCameras } from './faults-of-cameras.js';
import { faultsOfChanges, faultsOfEnds } from './faults-of-changes.js';
import { faultsOfFrames } from './faults-of-frames.js';
import { faultsOfLosses } from './faults-of-losses.js';

/** The minimum number of frames that are read after each fault. */
const MIN_FRAMES = 8;
/** How long the outcome of a fault may take, in milliseconds. */
const TIMEOUT = 90_000;

/** The result of one fault. */
export interface FaultReport {
  fault: string;
  /** Frames read from the fault until its outcome, and those with the marker of the camera's background. */
  frames: number;
  leaked: number;
  /** How many of the frames showed the person. */
  composited: number;
  /** The codes of reported errors. */
  errors: string[];
  /** The expected outcome that was not reached, in words; undefined if it was reached. */
  missed: string | undefined;
  /** The time until the outcome, in seconds. */
  seconds: number;
}

const faults: Record<string, Fault> = {
  ...faultsOfChanges,
  ...faultsOfCameras,
  ...faultsOfLosses,
  ...faultsOfFrames,
  ...faultsOfEnds,
};

let session: Session | undefined;

/** The names of the faults that a backend can have, in the order of their injection. */
export function namesOfFaults(backend: Backend): string[] {
  return Object.entries(faults)
    .filter(([, { backends }]) => backends?.includes(backend) ?? true)
    .map(([name]) => name);
}

/** Injects one fault and reads all frames until its outcome. */
export async function injectFault(name: string, backend: Backend): Promise<FaultReport> {
  const fault = faults[name];
  if (!fault) throw new Error(`there is no fault "${name}"`);
  const { options } = fault;
  if (options || !session) {
    await session?.close();
    session = await Session.open(
      backend,
      typeof options === 'function' ? await options() : { ...options },
      fault.cameraOff,
    );
  }
  const current = session;
  current.begin();
  const start = performance.now();
  const missed = await awaitOutcome(fault, current, start).catch(({ message }: Error) => message);
  const seconds = (performance.now() - start) / 1000;
  await fault.restore?.(current);
  const { frames, leaked, composited, errors } = current;
  return { fault: name, frames, leaked, composited, errors: [...new Set(errors)], missed, seconds };
}

/** Injects a fault and waits for its outcome. Returns what was not reached, in words. */
async function awaitOutcome(fault: Fault, session: Session, start: number): Promise<string | undefined> {
  await fault.inject(session);
  while (performance.now() - start < TIMEOUT) {
    await pause(100);
    const settled = !fault.until || (await fault.until(session));
    if (settled && (session.frames >= MIN_FRAMES || session.output.readyState === 'ended')) return undefined;
  }
  return 'the expected outcome was not reached';
}

/** Releases everything. */
export async function endFaults(): Promise<void> {
  await session?.close();
  session = undefined;
}
