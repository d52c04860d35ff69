/** Asks a worker's own global object what the browser offers there. */
import { findFeatures } from './features';
import { describe } from './limit';
import { findQuirks } from './quirks';
import type { Finding } from './report';

/** What the page asks for: all features, all quirks, whether there are streams of tracks, or whether a track arrives. */
export type Question = 'features' | 'quirks' | 'streams' | { track: MediaStreamTrack };
export type Reply = { findings: Finding[] } | { yes: boolean } | { error: string };

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const reply: Reply = await answer(data).catch((error: unknown) => ({ error: describe(error) }));
  postMessage(reply);
});

async function answer(question: Question): Promise<Reply> {
  if (question === 'features') return { findings: await findFeatures('worker') };
  if (question === 'quirks') return { findings: await findQuirks('worker') };
  if (question === 'streams') {
    return { yes: 'MediaStreamTrackProcessor' in globalThis && 'VideoTrackGenerator' in globalThis };
  }
  return { yes: question.track?.readyState === 'live' };
}
