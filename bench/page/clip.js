/** Runs in the page: the frames of the demo's clip, as a camera delivers them. */

const CLIP_SECONDS = 8;
const CLIP_FRAMES = 8;

/** Frames of the clip in a camera's format: in memory, with subsampled colors (I420 or NV12). */
export async function readClip(url) {
  const video = document.createElement('video');
  video.muted = true;
  // A blob: seeking needs range requests, which the server does not support.
  video.src = URL.createObjectURL(await (await fetch(url)).blob());
  const frames = [];
  for (let i = 0; i < CLIP_FRAMES; i++) {
    await new Promise((resolve, reject) => {
      video.onseeked = resolve;
      video.onerror = () => reject(new Error(`${url} does not play: ${video.error?.message}`));
      // Never 0: a seek to the current position fires no event.
      video.currentTime = ((i + 0.5) * CLIP_SECONDS) / CLIP_FRAMES;
    });
    const frame = new VideoFrame(video, { timestamp: 0 });
    const { format, colorSpace, visibleRect } = frame;
    const pixels = new Uint8Array(frame.allocationSize());
    const layout = await frame.copyTo(pixels);
    frame.close();
    const { width: codedWidth, height: codedHeight } = visibleRect;
    const init = { format, layout, codedWidth, codedHeight, colorSpace: colorSpace.toJSON() };
    frames.push({ pixels, init });
  }
  URL.revokeObjectURL(video.src);
  return (number) => {
    const { pixels, init } = frames[number % frames.length];
    return new VideoFrame(pixels, { ...init, timestamp: number * 33_333 });
  };
}
