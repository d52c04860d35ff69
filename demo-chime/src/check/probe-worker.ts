/** Asks a worker's own global object what the browser offers there. */
import { findFeatures } from './features';
import { describe } from './limit';
import { findQuirks } from './quirks';
import type { Finding } from './report';

/** What the page asks for: all features, all quirks, or whether a track arrives. */
export type Question = 'features' | 'quirks' | { track: MediaStreamTrack };
export type Reply = { findings: Finding[] } | { arrived: boolean } | { error: string };

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const reply: Reply = await answer(data).catch((error: unknown) => ({ error: describe(error) }));
  postMessage(reply);
});

async function answer(question: Question): Promise<Reply> {
  if (question === 'features') return { findings: await findFeatures('worker') };
  if (question === 'quirks') return { findings: await findQuirks('worker') };
  return { arrived: question.track?.readyState === 'live' };
}
