/** Runs the probes on the page and in their own worker. */
import { findFeatures } from './features';
import { describe, within } from './limit';
import type { Reply, Request } from './probe-worker';
import { findQuirks } from './quirks';
import type { Finding } from './report';

/** The timeout of the worker, in milliseconds. A probe that hangs times out earlier. */
const LIMIT = 30_000;

/** The browser's features on the page. */
export async function pageFeatures(): Promise<Finding[]> {
  return [...(await findFeatures('page')), await probeTransfer()];
}

export const pageQuirks = () => findQuirks('page');

export const workerFeatures = (signal: AbortSignal) => findingsOf('features', signal);

export const workerQuirks = (signal: AbortSignal) => findingsOf('quirks', signal);

/** Whether workers can read the frames of tracks and create new tracks. */
export async function workerHasStreams(signal: AbortSignal): Promise<boolean> {
  const reply = await ask('streams', [], signal);
  return 'yes' in reply && reply.yes;
}

async function findingsOf(request: 'features' | 'quirks', signal: AbortSignal): Promise<Finding[]> {
  const reply = await ask(request, [], signal);
  if ('findings' in reply) return reply.findings;
  throw new Error('error' in reply ? reply.error : 'the worker sent an unexpected reply');
}

/** Whether a track can be transferred to a worker, which the standard's track streams need. */
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

async function ask(request: Request, transfer: Transferable[], signal?: AbortSignal): Promise<Reply> {
  const worker = new Worker(new URL('./probe-worker.ts', import.meta.url), { type: 'module' });
  try {
    const reply = new Promise<Reply>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Reply>) => resolve(data);
      worker.onmessageerror = () => reject(new Error('the message could not be read'));
      worker.onerror = ({ message }) =>
        reject(new Error(`the worker failed: ${message || 'it did not load'}`));
      worker.postMessage(request, transfer);
    });
    return await within(reply, LIMIT, signal);
  } finally {
    worker.terminate();
  }
}
