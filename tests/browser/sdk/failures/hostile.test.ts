/** Invalid frames, images and models. Each is a typed error, and the background keeps working. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import clipUrl from '../../../../demo-chime/public/clip.webm?url';
import modelUrl from '../../../../ts/models/selfie_segmentation_landscape.tflite?url';
import { type CycloramaError, type FrameSource, VirtualBackground } from '../../../../ts/src/index.js';
import imageUrl from '../../../data/astronaut.png?url';
import { describeOnAllBackends } from '../../matrix.js';
import { paintScene } from '../helpers/scene.js';

/** The same server under another name, which is another origin to the browser. */
function foreign(url: string): string {
  return new URL(url, location.href.replace('localhost', 'other.localhost')).href;
}

/** Plays a cross-origin video until it shows a frame. `play` may resolve before that, and no frame taints no canvas. */
async function playForeign(): Promise<HTMLVideoElement> {
  const video = document.createElement('video');
  video.muted = true;
  video.src = foreign(clipUrl);
  const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  await video.play();
  await shown;
  return video;
}

describeOnAllBackends((backend) => {
  let background: VirtualBackground;
  const errors: CycloramaError[] = [];

  beforeAll(async () => {
    background = await VirtualBackground.create({ backend, effect: { kind: 'color', color: '#2040c0' } });
    background.addEventListener('error', ({ detail }) => errors.push(detail));
  });

  afterAll(() => background.destroy());

  async function expectProcessed() {
    const { outcome, image } = await background.processFrame(await paintScene());
    image.close();
    expect(outcome).toBe('processed');
  }

  test.each([
    [0, 0, 'has no pixels'],
    [0, 720, 'has no pixels'],
    [100_000, 1, 'is 100000x1: the limit is 8192 pixels per side'],
    [1, 8193, 'is 1x8193'],
    [32_768, 32_768, 'is 32768x32768'],
  ])('a frame of %d x %d pixels', async (width, height, words) => {
    for (const frame of [
      new OffscreenCanvas(width, height),
      Object.assign(document.createElement('canvas'), { width, height }),
    ]) {
      await expect(background.processFrame(frame)).rejects.toMatchObject({
        name: 'CycloramaError',
        code: 'frame',
        message: expect.stringContaining(words),
      });
    }
    await expectProcessed();
  });

  test.each([[null], [undefined], ['frame'], [{ width: 640, height: 360 }], [document.createElement('img')]])(
    'an invalid frame: %j',
    async (frame) => {
      await expect(background.processFrame(frame as unknown as FrameSource)).rejects.toMatchObject({
        name: 'CycloramaError',
        code: 'frame',
        message: expect.stringContaining('must be a VideoFrame, <video>'),
      });
    },
  );

  test('a cross-origin frame is hidden and reported as unreadable', async () => {
    const video = await playForeign();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 180];
    canvas.getContext('2d')?.drawImage(video, 0, 0);
    errors.length = 0;
    for (const frame of [video, canvas]) {
      const { outcome, image } = await background.processFrame(frame);
      image.close();
      expect(outcome).toBe('hidden');
    }
    // The second error is not reported again if it has the same message.
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['frame']));
    video.pause();
    await expectProcessed();
  });

  test('a cross-origin image is rejected as a background', async () => {
    const video = await playForeign();
    const bitmap = await createImageBitmap(video);
    video.pause();
    const image = document.createElement('img');
    image.src = foreign(imageUrl);
    for (const source of [bitmap, image]) {
      await expect(background.setEffect({ kind: 'image', source })).rejects.toMatchObject({
        name: 'CycloramaError',
        code: 'effect',
        message: expect.stringContaining('is cross-origin'),
      });
    }
    bitmap.close();
    await expectProcessed();
  });

  test('a model that is damaged, or claims a greater size than it has, is refused with the reason', async () => {
    const whole = await (await fetch(modelUrl)).arrayBuffer();
    const words = new Int32Array(whole.slice(0, whole.byteLength - (whole.byteLength % 4)));
    const shape = words.findIndex(
      (word, at) => word === 1 && words[at + 1] === 144 && words[at + 2] === 256 && words[at + 3] === 3,
    );
    expect(shape).toBeGreaterThan(0);
    words[shape + 1] = 2 ** 30;
    words[shape + 2] = 2 ** 30;
    for (const [model, message] of [
      [new ArrayBuffer(0), /not a TensorFlow Lite model/],
      [new TextEncoder().encode('<!doctype html><html></html>').buffer, /not a TensorFlow Lite model/],
      [whole.slice(0, 1000), /corrupt or truncated|refers to/],
      [whole.slice(0, whole.byteLength / 2), /corrupt or truncated|refers to/],
      [whole.slice(0, whole.byteLength - 64), /corrupt or truncated/],
      [words.buffer, /its input is 1073741824x1073741824, expected sides that are/],
    ] as const) {
      await expect(background.setModel(model), String(message)).rejects.toMatchObject({
        name: 'CycloramaError',
        code: 'model',
        message: expect.stringMatching(message),
      });
    }
    await expectProcessed();
  });
});
