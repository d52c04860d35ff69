/** Twilio's blur on a track of its SDK. */

/** @param {import('../page/harness.js').Contest & { pipeline?: 'canvas2d' }} contest */
export async function start({ track, packages, pipeline }) {
  if (pipeline === 'canvas2d') hideWebGl2();
  await load(`${packages}twilio-video/dist/twilio-video.min.js`);
  await load(`${packages}@twilio/video-processors/dist/build/twilio-video-processors.min.js`);
  const { Video, VideoProcessors } = globalThis.Twilio;
  const processor = new VideoProcessors.GaussianBlurBackgroundProcessor({
    assetsPath: `${packages}@twilio/video-processors/dist/build/`,
    // Its worker needs WebGL2.
    ...(pipeline === 'canvas2d' && { useWebWorker: false }),
  });
  await processor.loadModel();
  const video = new Video.LocalVideoTrack(track, { logLevel: 'warn' });
  // The track processes frames only while it is published, which a call does. The clone stands for its sender's.
  video._trackSender._clones.add({ setMediaStreamTrack: async () => {} });
  video.addProcessor(processor, {
    inputFrameBufferType: 'videoframe',
    outputFrameBufferContextType: 'bitmaprenderer',
  });
  return { track: video.processedTrack };
}

/** Without WebGL2 the SDK uses its Canvas2D pipeline. It has no option for that. */
function hideWebGl2() {
  const { getContext } = OffscreenCanvas.prototype;
  OffscreenCanvas.prototype.getContext = function (kind, ...rest) {
    return kind === 'webgl2' ? null : getContext.call(this, kind, ...rest);
  };
}

/** Twilio's packages are classic scripts. */
function load(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${url} does not load.`));
    document.head.append(script);
  });
}
