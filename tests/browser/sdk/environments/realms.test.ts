/** Objects of other windows, and an app's own worker. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import clipUrl from '../../../../demo-chime/public/clip.webm?url';
import modelUrl from '../../../../ts/models/selfie_segmentation_landscape.tflite?url';
import { BackgroundTransform } from '../../../../ts/src/adapters/streams.js';
import {
  type Effect,
  type FrameSource,
  ImageSegmenter,
  VirtualBackground,
} from '../../../../ts/src/index.js';
import imageUrl from '../../../data/astronaut.png?url';
import { readPixels } from '../helpers/pixels.js';
import { countMarker, paintScene } from '../helpers/scene.js';
import type { OwnResults, OwnWork } from './own-worker.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;

/** A window with its own classes of everything. */
type Realm = Window & typeof globalThis;

function openIframe() {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  return { realm: frame.contentWindow as Realm, close: () => frame.remove() };
}

function openPopUp() {
  const realm = window.open('about:blank', '', 'width=200,height=200') as Realm | null;
  if (!realm) throw new Error('the browser opens no pop-up');
  return { realm, close: () => realm.close() };
}

describe.each([
  ['a same-origin iframe', openIframe],
  ['a pop-up', openPopUp],
])('of %s', (_, openRealm) => {
  let realm: Realm;
  let close: () => void;
  let background: VirtualBackground;

  beforeAll(async () => {
    ({ realm, close } = openRealm());
    background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE, quality: 'high' });
  });

  afterEach(() => background.setEffect(BLUE));

  afterAll(async () => {
    await background.destroy();
    close();
  });

  /** The scene on a canvas of the other window. */
  async function scene(): Promise<HTMLCanvasElement> {
    const canvas = Object.assign(realm.document.createElement('canvas'), { width: 320, height: 180 });
    canvas.getContext('2d')?.drawImage(await paintScene(320, 180), 0, 0);
    return canvas;
  }

  async function expectEffect(frame: FrameSource): Promise<void> {
    const { image, outcome, width, height } = await background.processFrame(frame);
    const pixels = readPixels(image, width, height);
    image.close();
    expect(outcome).toBe('processed');
    expect(countMarker(pixels)).toBeLessThan(0.02 * width * height);
  }

  test('frames of every kind are processed', async () => {
    const canvas = await scene();
    const offscreen = new realm.OffscreenCanvas(320, 180);
    offscreen.getContext('2d')?.drawImage(canvas, 0, 0);
    const frame = new realm.VideoFrame(canvas, { timestamp: 0 });
    const video = Object.assign(realm.document.createElement('video'), { muted: true });
    video.srcObject = canvas.captureStream(10);
    await video.play();
    for (const source of [canvas, offscreen, await realm.createImageBitmap(canvas), frame, video]) {
      await expectEffect(source);
    }
    frame.close();
    video.srcObject = null;
  });

  test('a track is processed', async () => {
    const canvas = await scene();
    const [track] = canvas.captureStream(10).getVideoTracks();
    const drawing = setInterval(() => canvas.getContext('2d')?.drawImage(canvas, 0, 0), 100);
    const video = document.createElement('video');
    video.muted = true;
    try {
      const processed = await background.processTrack(track as MediaStreamTrack);
      video.srcObject = new MediaStream([processed]);
      await video.play();
      expect(countMarker(readPixels(video, 320, 180))).toBeLessThan(0.02 * 320 * 180);
      track?.stop();
      await vi.waitFor(() => expect(processed.readyState).toBe('ended'), 10_000);
    } finally {
      clearInterval(drawing);
      video.srcObject = null;
    }
  });

  test('images, videos and their tracks become the background', async () => {
    const file = new realm.Blob([await (await fetch(imageUrl)).arrayBuffer()], { type: 'image/png' });
    const clip = new realm.Blob([await (await fetch(clipUrl)).arrayBuffer()], { type: 'video/webm' });
    const image = new realm.Image();
    image.src = new URL(imageUrl, location.href).href;
    await image.decode();
    const video = Object.assign(realm.document.createElement('video'), { muted: true });
    video.src = realm.URL.createObjectURL(clip);
    await video.play();
    const canvas = await scene();
    const [track] = canvas.captureStream(10).getVideoTracks();
    canvas.getContext('2d')?.fillRect(0, 0, 320, 180);
    const effects = [
      { kind: 'image', source: file },
      { kind: 'image', source: image },
      { kind: 'image', source: await realm.createImageBitmap(image) },
      { kind: 'image', source: new realm.URL(imageUrl, location.href) },
      { kind: 'video', source: clip },
      { kind: 'video', source: video },
      { kind: 'video', source: track },
    ] as Effect[];
    const frame = await paintScene(320, 180);
    for (const effect of effects) {
      expect(await background.setEffect(effect), effect.kind).toBe(true);
      await expectEffect(frame);
    }
    video.pause();
    track?.stop();
  });

  test('models and signals are accepted', async () => {
    const bytes = new Uint8Array(await (await fetch(modelUrl)).arrayBuffer());
    const model = new realm.ArrayBuffer(bytes.byteLength);
    new Uint8Array(model).set(bytes);
    expect(await background.setModel(model)).toBe(true);
    expect(await background.setModel(new realm.URL(modelUrl, location.href))).toBe(true);
    await expectEffect(await paintScene(320, 180));

    const abort = new realm.AbortController();
    const { signal } = abort;
    const [silent] = realm.document.createElement('canvas').captureStream(0).getVideoTracks();
    const pending = background.setEffect({ kind: 'video', source: silent as MediaStreamTrack }, { signal });
    abort.abort('enough');
    await expect(pending).rejects.toBe('enough');
    await expect(VirtualBackground.create({ signal })).rejects.toBe('enough');
    await expect(ImageSegmenter.create({ signal })).rejects.toBe('enough');
    await expect(BackgroundTransform.create({ signal })).rejects.toBe('enough');
  });

  test('options are accepted, and wrong ones refused', async () => {
    const effect = realm.JSON.parse('{ "kind": "color", "color": "#0a5c36" }');
    expect(await background.setEffect(effect)).toBe(true);
    await expect(background.setEffect(realm.JSON.parse('{ "kind": "no such" }'))).rejects.toMatchObject({
      code: 'option',
    });
    const context = new realm.AudioContext();
    const [sound] = context.createMediaStreamDestination().stream.getAudioTracks();
    await expect(background.processTrack(sound as MediaStreamTrack)).rejects.toMatchObject({
      code: 'option',
      message: expect.stringContaining('audio'),
    });
    await context.close();
  });
});

test("an app's own worker processes frames itself", async () => {
  const worker = new Worker(new URL('./own-worker.ts', import.meta.url), { type: 'module' });
  try {
    const frame = await createImageBitmap(await paintScene(320, 180));
    const [image, clip] = [imageUrl, clipUrl].map((url) => new URL(url, location.href).href) as [
      string,
      string,
    ];
    const answer = new Promise<OwnResults>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<OwnResults>) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    worker.postMessage({ frame, imageUrl: image, clip } satisfies OwnWork, [frame]);
    const { outcomes, errors, images } = await answer;
    const { video, element, ...others } = errors;
    expect(others).toEqual({});
    for (const name of ['canvas', 'bitmap', 'frame', 'image', 'bytes', 'after']) {
      expect(outcomes[name], name).toBe('processed');
      const pixels = readPixels(images[name] as ImageBitmap, 320, 180);
      expect(countMarker(pixels), name).toBeLessThan(0.02 * 320 * 180);
    }
    expect(images.still).toMatchObject({ width: 320, height: 180 });
    expect(video?.code).toBe('unsupported');
    expect(element?.code).toBe('frame');
  } finally {
    worker.terminate();
  }
});
