/** Cyclorama in the Amazon Chime SDK's video pipeline, which draws each frame on a canvas before and after it. */
import { DefaultVideoTransformDevice, NoOpLogger } from 'amazon-chime-sdk-js';
import { ChimeVideoFrameProcessor } from 'cyclorama/chime';
import { statusOf } from './status.js';

/** @param {import('../page/harness.js').Contest & { backend?: string, quality?: string }} contest */
export async function start({ track, backend = 'auto', quality = 'auto' }) {
  const effect = { kind: 'blur', strength: 'medium' };
  const processor = await ChimeVideoFrameProcessor.create({ effect, backend, quality });
  const device = new DefaultVideoTransformDevice(new NoOpLogger(), 'camera', [processor]);
  const stream = await device.transformStream(new MediaStream([track.clone()]));
  return {
    track: stream.getVideoTracks()[0],
    status: async () => statusOf(await processor.metrics()),
  };
}
