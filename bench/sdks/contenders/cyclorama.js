/** Cyclorama on a track. */
import { VirtualBackground } from 'cyclorama';
import { statusOf } from './status.js';

/** @param {import('../page/harness.js').Contest & { backend?: string, quality?: string }} contest */
export async function start({ track, backend = 'auto', quality = 'auto' }) {
  const effect = { kind: 'blur', strength: 'medium' };
  const created = performance.timeOrigin + performance.now();
  const background = await VirtualBackground.create({ effect, backend, quality });
  return {
    created,
    track: await background.processTrack(track),
    status: async () => statusOf(await background.metrics()),
  };
}
