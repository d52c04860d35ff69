/** The SDK's worker in a browser that fails on command. Commands arrive on a channel and are answered once they are in effect. */
import { CHANNEL, type Failure } from './fault-channel.js';
import { cause } from './faulty-patches.js';
import '../../../ts/src/worker/worker.js';

/** The failure that the worker has from its start on, from the hash of its URL. */
const first = globalThis.location.hash.slice(1) as Failure | '';
if (first) cause(first);

const channel = new BroadcastChannel(CHANNEL);
channel.onmessage = ({ data }: MessageEvent<Failure>) => {
  cause(data);
  channel.postMessage('done');
};
