/** The SDK's worker, which says what it holds when it is asked. */
import { CHANNEL, holdings } from './counting-patches.js';
import '../../../ts/src/worker/worker.js';

const channel = new BroadcastChannel(CHANNEL);
channel.onmessage = async ({ data }: MessageEvent) => {
  if (data === 'report') channel.postMessage(await holdings());
};
