import type { Backend } from '../../../ts/src/index.js';
import { type Fault, pause, Session } from './fault-session.js';
import { faultsOfCameras } from './faults-of-cameras.js';
import { faultsOfChanges, faultsOfEnds } from './faults-of-changes.js';
import { faultsOfLosses } from './faults-of-losses.js';

/** So many frames are read after each fault at least, whatever comes of it. */
const MIN_FRAMES = 8;
/** How long what a fault leads to may take, in milliseconds. */
const PATIENCE = 90_000;

/** What came of one fault. */
export interface FaultReport {
  fault: string;
  /** Frames read from the fault until what it leads to, and those with the marker of the camera's background. */
  frames: number;
  leaked: number;
  /** How many of the frames showed the person. */
  composited: number;
  /** Errors that were told, by their codes. */
  errors: string[];
  /** What the fault was to lead to, and did not, in words; undefined where all is well. */
  missed: string | undefined;
  /** Until the fault had led to what it was to, in seconds. */
  seconds: number;
}

const faults: Record<string, Fault> = {
  ...faultsOfChanges,
  ...faultsOfCameras,
  ...faultsOfLosses,
  ...faultsOfEnds,
};

let session: Session | undefined;

/** The names of the faults that a backend can meet, in the order in which they are to be injected. */
export function namesOfFaults(backend: Backend): string[] {
  return Object.entries(faults)
    .filter(([, fault]) => !fault.backend || fault.backend === backend)
    .map(([name]) => name);
}

/** Injects one fault and reads all frames until what it leads to. */
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
  const missed = await lead(fault, current, start).catch(({ message }: Error) => message);
  const seconds = (performance.now() - start) / 1000;
  await fault.restore?.(current);
  const { frames, leaked, composited, errors } = current;
  return { fault: name, frames, leaked, composited, errors: [...new Set(errors)], missed, seconds };
}

/** Injects a fault and waits for what it leads to; what it did not lead to, in words. */
async function lead(fault: Fault, session: Session, start: number): Promise<string | undefined> {
  await fault.inject(session);
  while (performance.now() - start < PATIENCE) {
    await pause(100);
    const settled = !fault.until || (await fault.until(session));
    if (settled && (session.frames >= MIN_FRAMES || session.output.readyState === 'ended')) return undefined;
  }
  return 'it did not go on as it should';
}

/** Gives all back. */
export async function endFaults(): Promise<void> {
  await session?.close();
  session = undefined;
}
