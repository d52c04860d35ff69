/** The SDK's worker, which reports what it holds on request. */
import { CHANNEL, holdings } from './counting-patches.js';
import '../../../ts/src/worker/worker.js';

const channel = new BroadcastChannel(CHANNEL);
channel.onmessage = async ({ data }: MessageEvent) => {
  if (data === 'report') channel.postMessage(await holdings());
};
