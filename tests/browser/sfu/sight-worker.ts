/** Inspects every frame of a stream. */
import { look, type Sight } from './sight.js';

addEventListener('message', async ({ data }: MessageEvent<ReadableStream<VideoFrame>>) => {
  const reader = data.getReader();
  for (;;) {
    const { value: frame } = await reader.read();
    if (!frame) return;
    const { displayWidth: width, displayHeight: height } = frame;
    const sight: Sight = { width, height, ...look(frame) };
    frame.close();
    postMessage(sight);
  }
});
