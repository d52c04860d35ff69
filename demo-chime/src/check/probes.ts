/** Runs the probes on the page and in a worker of its own. */
import { findFeatures } from './features';
import { describe, within } from './limit';
import type { Question, Reply } from './probe-worker';
import { findQuirks } from './quirks';
import type { Finding } from './report';

/** How long the worker may take to answer, in milliseconds. A probe that hangs in it ends earlier. */
const LIMIT = 30_000;

/** What the browser offers on the page. */
export async function pageFeatures(): Promise<Finding[]> {
  return [...(await findFeatures('page')), await probeTransfer()];
}

export const pageQuirks = () => findQuirks('page');

export const workerFeatures = (signal: AbortSignal) => findingsOf('features', signal);

export const workerQuirks = (signal: AbortSignal) => findingsOf('quirks', signal);

/** Whether workers can take tracks apart and make new ones. */
export async function workerHasStreams(signal: AbortSignal): Promise<boolean> {
  const reply = await ask('streams', [], signal);
  return 'yes' in reply && reply.yes;
}

async function findingsOf(question: 'features' | 'quirks', signal: AbortSignal): Promise<Finding[]> {
  const reply = await ask(question, [], signal);
  if ('findings' in reply) return reply.findings;
  throw new Error('error' in reply ? reply.error : 'the worker answered something else');
}

/** Whether a track can be transferred to a worker, as engines with the standard's streams need. */
async function probeTransfer(): Promise<Finding> {
  const finding = { id: 'transfer-track', title: 'Tracks can be transferred', place: 'page' } as const;
  const canvas = document.createElement('canvas');
  canvas.getContext('2d');
  let track: MediaStreamTrack | undefined;
  try {
    [track] = canvas.captureStream(1).getVideoTracks();
    if (!track) throw new Error('the canvas has no track');
    const reply = await ask({ track }, [track as unknown as Transferable]);
    return { ...finding, status: 'yes' in reply && reply.yes ? 'passed' : 'unavailable', detail: '' };
  } catch (error) {
    return { ...finding, status: 'unavailable', detail: describe(error) };
  } finally {
    track?.stop();
  }
}

async function ask(question: Question, transfer: Transferable[], signal?: AbortSignal): Promise<Reply> {
  const worker = new Worker(new URL('./probe-worker.ts', import.meta.url), { type: 'module' });
  try {
    const reply = new Promise<Reply>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Reply>) => resolve(data);
      worker.onmessageerror = () => reject(new Error('the message could not be read'));
      worker.onerror = ({ message }) =>
        reject(new Error(`the worker failed: ${message || 'it did not load'}`));
      worker.postMessage(question, transfer);
    });
    return await within(reply, LIMIT, signal);
  } finally {
    worker.terminate();
  }
}
