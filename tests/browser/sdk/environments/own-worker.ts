/** An app's own worker that uses the package directly: frames, images and still images, and what a worker lacks. */
import {
  type CycloramaErrorCode,
  type Effect,
  type FrameSource,
  ImageSegmenter,
  VirtualBackground,
} from '../../../../ts/src/index.js';

/** The worker's input: a frame, and the URLs of an image and a video. */
export interface OwnWork {
  frame: ImageBitmap;
  imageUrl: string;
  clip: string;
}

/** By attempt: a frame's outcome, its image, and its error. */
export interface OwnResults {
  outcomes: Record<string, string>;
  images: Record<string, ImageBitmap>;
  errors: Record<string, { code: CycloramaErrorCode; message: string }>;
}

addEventListener('message', async ({ data: { frame, imageUrl, clip } }: MessageEvent<OwnWork>) => {
  const results: OwnResults = { outcomes: {}, images: {}, errors: {} };
  const attempt = async (name: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (cause) {
      const { code = 'internal', message = String(cause) } = cause as Partial<OwnResults['errors'][string]>;
      results.errors[name] = { code, message };
    }
  };
  await attempt('worker', async () => {
    const background = await VirtualBackground.create({
      worker: false,
      backend: 'webgl',
      effect: { kind: 'color', color: '#2040c0' },
    });
    const show = (name: string, source: FrameSource, effect?: Effect) =>
      attempt(name, async () => {
        if (effect) await background.setEffect(effect);
        const { outcome, image } = await background.processFrame(source);
        results.outcomes[name] = outcome;
        results.images[name] = image;
      });
    const canvas = new OffscreenCanvas(frame.width, frame.height);
    canvas.getContext('2d')?.drawImage(frame, 0, 0);
    await show('canvas', canvas);
    await show('bitmap', frame);
    const videoFrame = new VideoFrame(canvas, { timestamp: 0 });
    await show('frame', videoFrame);
    videoFrame.close();
    await show('image', canvas, { kind: 'image', source: imageUrl });
    await show('bytes', canvas, { kind: 'image', source: await (await fetch(imageUrl)).blob() });
    await show('video', canvas, { kind: 'video', source: clip });
    await show('element', {} as HTMLVideoElement);
    await show('after', canvas);
    await background.destroy();
  });
  await attempt('still', async () => {
    const segmenter = await ImageSegmenter.create({ worker: false, backend: 'webgl' });
    const { cutout } = await segmenter.segment(frame, { detail: 'low' });
    results.images.still = cutout;
    await segmenter.destroy();
  });
  postMessage(results, { transfer: Object.values(results.images) });
});
