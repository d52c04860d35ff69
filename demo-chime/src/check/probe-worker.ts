/** Detects the browser's features in a worker. */
import { findFeatures } from './features';
import { describe } from './limit';
import { findQuirks } from './quirks';
import type { Finding } from './report';

/** A request of the page: all features, all quirks, whether track streams exist, or whether a track arrives. */
export type Request = 'features' | 'quirks' | 'streams' | { track: MediaStreamTrack };
export type Reply = { findings: Finding[] } | { yes: boolean } | { error: string };

addEventListener('message', async ({ data }: MessageEvent<Request>) => {
  const reply: Reply = await answer(data).catch((error: unknown) => ({ error: describe(error) }));
  postMessage(reply);
});

async function answer(request: Request): Promise<Reply> {
  if (request === 'features') return { findings: await findFeatures('worker') };
  if (request === 'quirks') return { findings: await findQuirks('worker') };
  if (request === 'streams') {
    return { yes: 'MediaStreamTrackProcessor' in globalThis && 'VideoTrackGenerator' in globalThis };
  }
  return { yes: request.track?.readyState === 'live' };
}
