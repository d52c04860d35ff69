/** Inspects every frame of a stream. */
import { type FrameContent, inspectFrame } from './frame-content.js';

addEventListener('message', async ({ data }: MessageEvent<ReadableStream<VideoFrame>>) => {
  const reader = data.getReader();
  for (;;) {
    const { value: frame } = await reader.read();
    if (!frame) return;
    const { displayWidth: width, displayHeight: height } = frame;
    const content: FrameContent = { width, height, ...inspectFrame(frame) };
    frame.close();
    postMessage(content);
  }
});
