import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import clipUrl from '../../../../demo-chime/public/clip.webm?url';
import { type Effect, type OutputFrame, VirtualBackground } from '../../../../ts/src/index.js';
import imageUrl from '../../../data/astronaut.png?url';
import { pause, readPixels } from '../helpers/pixels.js';
import { countResources, type ResourceCounter } from '../helpers/resource-counter.js';
import { BACKGROUND, countMarker, cut, paintScene } from '../helpers/scene.js';

const GREEN = { kind: 'color', color: '#00ff00' } as const;

/** One for all tests but the last, because making one takes seconds on a software adapter. */
let background: VirtualBackground;
let resources: ResourceCounter | undefined;
const screens: Screen[] = [];

beforeAll(async () => {
  // Resources can be counted on the page only.
  // Timing would read timestamps back.
  background = await VirtualBackground.create({
    backend: 'webgpu',
    effect: GREEN,
    worker: false,
    timing: 'off',
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  resources?.close();
  resources = undefined;
  for (const screen of screens.splice(0)) screen.track.stop();
  await background.setEffect(GREEN);
});

afterAll(async () => {
  await background.destroy();
});

/** A video of two colors side by side, which the test changes. */
class Screen {
  readonly track: MediaStreamTrack;
  readonly #context: CanvasRenderingContext2D;

  constructor(left: string, right = left) {
    const canvas = document.createElement('canvas');
    // Wide enough that `cover` shows a quarter of it.
    canvas.width = 640;
    canvas.height = 90;
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('there is no 2D context for the video');
    this.#context = context;
    const [track] = canvas.captureStream().getVideoTracks();
    if (!track) throw new Error('the canvas gave no track');
    this.track = track;
    this.show(left, right);
    screens.push(this);
  }

  show(left: string, right = left): void {
    for (const [index, color] of [left, right].entries()) {
      this.#context.fillStyle = color;
      this.#context.fillRect(index * 320, 0, 320, 90);
    }
  }
}

test('the background follows a video, and a hidden frame shows the video’s last frame', async () => {
  const screen = new Screen('#f00');
  await background.setEffect({ kind: 'video', source: screen.track });
  const canvas = await paintScene();
  expect(edges(await process(canvas))).toEqual(['red', 'red']);
  screen.show('#00f');
  await expect.poll(async () => edges(await process(canvas))).toEqual(['blue', 'blue']);

  screen.track.stop();
  await pause(100);
  expect(edges(await process(canvas))).toEqual(['blue', 'blue']);
  expect((await background.metrics()).frames).toMatchObject({ failed: 0, raw: 0 });

  await background.setEffect({ kind: 'none' });
  const change = new AbortController();
  const slow = background.setEffect({ kind: 'video', source: silentTrack() }, change);
  const hidden = await process(canvas);
  expect(hidden.outcome).toBe('hidden');
  expect(edges(hidden)).toEqual(['blue', 'blue']);
  expect(countMarker(readPixels(hidden.image, hidden.width, hidden.height))).toBe(0);
  change.abort();
  await expect(slow).rejects.toMatchObject({ name: 'AbortError' });
});

test('only new frames of a video are imported, without new resources', async () => {
  const video = document.createElement('video');
  video.muted = true;
  video.src = clipUrl;
  await new Promise((resolve) => video.addEventListener('loadeddata', resolve, { once: true }));
  await background.setEffect({ kind: 'video', source: video });
  const frame = new VideoFrame(await paintScene(), { timestamp: 0 });
  try {
    // The engine tests a format with known colors before it copies the first frame.
    video.currentTime = 1;
    await new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
    await process(frame);
    await process(frame);
    resources = countResources();
    await process(frame);
    // On a software adapter, a frame of a <video> is imported as a VideoFrame.
    expect(resources.frames.opened).toBe(0);
    video.currentTime = 2;
    await new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
    await process(frame);
    await process(frame);
    expect(resources.frames).toEqual({ opened: 1, closed: 1 });
    // The mask check reads its status once per second, and needs one buffer.
    expect(resources.made).toBeLessThanOrEqual(1);
    expect(resources.largestReadback).toBeLessThanOrEqual(4);
  } finally {
    frame.close();
  }
});

test('a background follows its fit, position and mirroring', async () => {
  const screen = new Screen('#f00', '#00f');
  const element = document.createElement('video');
  element.muted = true;
  element.srcObject = new MediaStream([screen.track]);
  await element.play();
  const image = await createImageBitmap(element);
  const canvas = await paintScene();
  for (const source of [
    { kind: 'video', source: screen.track },
    { kind: 'image', source: image },
  ] as const) {
    for (const [layout, expected] of [
      [{}, ['red', 'blue']],
      [{ mirror: true }, ['blue', 'red']],
      [{ position: { x: 0 } }, ['red', 'red']],
      [{ position: { x: 1 } }, ['blue', 'blue']],
      [{ position: { x: 1 }, mirror: true }, ['blue', 'blue']],
      [{ position: { y: 0 }, fit: 'contain' }, ['black', 'black']],
      [{ position: { y: 0.5 }, fit: 'contain' }, ['red', 'blue']],
      [{ fit: 'fill', mirror: true }, ['blue', 'red']],
    ] as const) {
      await background.setEffect({ ...source, ...layout });
      expect(edges(await process(canvas)), JSON.stringify([source.kind, layout])).toEqual(expected);
    }
  }
});

test('a URL plays in a loop, and is released', async () => {
  const made = watchVideos();
  await background.setEffect({ kind: 'video', source: clipUrl });
  const [element] = made;
  expect(made).toHaveLength(1);
  expect(element).toMatchObject({ muted: true, loop: true, paused: false, crossOrigin: 'anonymous' });
  expect((await process(await paintScene())).outcome).toBe('processed');

  await background.setEffect({ kind: 'video', source: new URL(clipUrl, location.href) });
  expectReleased(element);
  expect(made[1]?.paused).toBe(false);
});

test('a file is played, and its URL is revoked', async () => {
  const [made, revoked] = [watchVideos(), vi.spyOn(URL, 'revokeObjectURL')];
  const file = await (await fetch(clipUrl)).blob();
  await background.setEffect({ kind: 'video', source: file });
  const url = made[0]?.src;
  expect(url).toMatch(/^blob:/);
  await background.setEffect({ kind: 'none' });
  expectReleased(made[0]);
  expect(revoked).toHaveBeenCalledWith(url);
});

test("a caller's element and track are left unchanged", async () => {
  const screen = new Screen('#f00');
  const element = document.createElement('video');
  element.muted = true;
  element.volume = 0.5;
  element.srcObject = new MediaStream([screen.track]);
  await element.play();
  const state = () => {
    const { muted, volume, loop, paused, playsInline, crossOrigin, srcObject, src } = element;
    const { readyState, enabled } = screen.track;
    return { muted, volume, loop, paused, playsInline, crossOrigin, srcObject, src, readyState, enabled };
  };
  const before = state();
  await background.setEffect({ kind: 'video', source: element });
  expect(edges(await process(await paintScene()))).toEqual(['red', 'red']);
  await background.setEffect({ kind: 'video', source: screen.track });
  await background.setEffect(GREEN);
  expect(state()).toEqual(before);
});

test('a video that cannot be shown is a typed error, and the old effect stays', async () => {
  const made = watchVideos();
  const canvas = await paintScene();
  const ended = new Screen('#f00').track;
  ended.stop();
  const text = new Blob(['no video'], { type: 'video/webm' });
  const broken = document.createElement('video');
  broken.src = URL.createObjectURL(text);
  await new Promise((resolve) => broken.addEventListener('error', resolve, { once: true }));
  const foreign = document.createElement('video');
  foreign.muted = true;
  foreign.src = new URL(clipUrl, location.href.replace('localhost', 'other.localhost')).href;
  await foreign.play();
  const sound = new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
  for (const [source, code, words] of [
    ['/there-is-nothing.webm', 'asset', '/there-is-nothing.webm'],
    ['http://', 'asset', 'http://'],
    [new URL(imageUrl, location.href), 'effect', 'is not a video that this browser can play'],
    [text, 'effect', 'a Blob of type "video/webm"'],
    [broken, 'effect', '<video> of blob:'],
    [ended, 'effect', 'has ended'],
    [silence(), 'effect', 'has audio but no video'],
    [foreign, 'effect', 'is cross-origin'],
    [sound, 'option', 'a video track'],
  ] as const) {
    const effect = { kind: 'video', source } as Effect;
    await expect(background.setEffect(effect), String(source)).rejects.toMatchObject({
      name: 'CycloramaError',
      code,
      message: expect.stringContaining(words),
    });
    expect(edges(await process(canvas)), String(source)).toEqual(['green', 'green']);
  }
  for (const element of made) {
    if (element !== broken && element !== foreign) expectReleased(element);
  }
  expect((await background.metrics()).frames).toMatchObject({ failed: 0, raw: 0 });
});

test('waiting for a first frame is abortable', async () => {
  const made = watchVideos();
  const canvas = await paintScene();
  const silent = silentTrack();
  const abort = new AbortController();
  const waiting = background.setEffect({ kind: 'video', source: silent }, { signal: abort.signal });
  await pause(200);
  expect(edges(await process(canvas))).toEqual(['green', 'green']);
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  const overtaken = background.setEffect({ kind: 'video', source: silent });
  expect(await Promise.all([background.setEffect(GREEN), overtaken])).toEqual([true, false]);
  expect(made).toHaveLength(2);
  for (const element of made) expectReleased(element);
  expect(edges(await process(canvas))).toEqual(['green', 'green']);
});

test('a video that breaks off keeps its last frame, and is reported once', async () => {
  const made = watchVideos();
  const file = await (await fetch(clipUrl)).arrayBuffer();
  // The beginning is intact, the rest is damaged.
  const broken = new Uint8Array(file);
  broken.fill(0xff, Math.floor(broken.length / 2));
  await background.setEffect({ kind: 'video', source: new Blob([broken]) });
  const events: string[] = [];
  background.addEventListener('error', ({ detail }) => events.push(`${detail.code}: ${detail.message}`));
  const canvas = await paintScene();
  await expect.poll(() => made[0]?.error, { timeout: 20_000 }).toBeTruthy();
  const [first, second] = [await process(canvas), await process(canvas)];
  expect([first.outcome, second.outcome]).toEqual(['processed', 'processed']);
  const pixels = readPixels(second.image, second.width, second.height);
  for (const region of BACKGROUND) expect(countMarker(cut(pixels, region))).toBe(0);
  expect(events).toEqual([expect.stringMatching(/^effect: the background video stopped/)]);
});

test('a background may start with a video, and destroy releases it', async () => {
  const made = watchVideos();
  const effect = { kind: 'video', source: clipUrl } as const;
  const created = await VirtualBackground.create({ backend: 'webgl', effect });
  expect(made[0]?.paused).toBe(false);
  const { outcome, image } = await created.processFrame(await paintScene());
  expect(outcome).toBe('processed');
  image.close();
  await created.destroy();
  expectReleased(made[0]);

  const model = new ArrayBuffer(8);
  await expect(VirtualBackground.create({ effect, model })).rejects.toMatchObject({ code: 'model' });
  expectReleased(made[1]);
  const nowhere = new URL('/no/model.tflite', location.href);
  const waiting = { effect: { kind: 'video', source: silentTrack() }, model: nowhere } as const;
  await expect(VirtualBackground.create(waiting)).rejects.toMatchObject({ code: 'asset' });
  await pause();
  expectReleased(made[2]);
  // An error before loading opens no video.
  const unhosted = { effect, model: 'segm_lite_v681' } as const;
  await expect(VirtualBackground.create(unhosted)).rejects.toMatchObject({ code: 'asset' });
  expect(made).toHaveLength(3);
});

/** A track that never has a frame. */
function silentTrack(): MediaStreamTrack {
  const [track] = document.createElement('canvas').captureStream(0).getVideoTracks();
  if (!track) throw new Error('the canvas gave no track');
  return track;
}

/** A file that plays a tenth of a second of silence. */
function silence(): Blob {
  const [rate, bytes] = [8000, 800];
  const header = new DataView(new ArrayBuffer(44));
  const write = (at: number, text: string) => {
    for (let index = 0; index < text.length; index += 1) header.setUint8(at + index, text.charCodeAt(index));
  };
  // RIFF, WAVE: one channel of 8-bit PCM.
  write(0, 'RIFF');
  header.setUint32(4, 36 + bytes, true);
  write(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, rate, true);
  header.setUint32(28, rate, true);
  header.setUint16(32, 1, true);
  header.setUint16(34, 8, true);
  write(36, 'data');
  header.setUint32(40, bytes, true);
  return new Blob([header, new Uint8Array(bytes).fill(128)], { type: 'audio/wav' });
}

/** Collects the videos that are created from now on. */
function watchVideos(): HTMLVideoElement[] {
  const made: HTMLVideoElement[] = [];
  const { createElement } = Document.prototype;
  vi.spyOn(document, 'createElement').mockImplementation((...args: Parameters<typeof createElement>) => {
    const element = createElement.apply(document, args);
    if (element instanceof HTMLVideoElement) made.push(element);
    return element;
  });
  return made;
}

function expectReleased(element: HTMLVideoElement | undefined): void {
  expect(element).toMatchObject({ paused: true, srcObject: null, readyState: 0 });
  expect(element?.hasAttribute('src')).toBe(false);
}

/** Processes a frame with the test's background. Its bitmap is released with the page. */
async function process(frame: HTMLCanvasElement | VideoFrame): Promise<OutputFrame> {
  return background.processFrame(frame);
}

/** The colors in the middle of the left and of the right edge, where no person is. */
function edges({ image, width, height }: OutputFrame): string[] {
  const { data } = readPixels(image, width, height);
  const row = Math.floor(height / 2) * width;
  return [row, row + width - 1].map((pixel) => {
    const levels = [...data.subarray(pixel * 4, pixel * 4 + 3)];
    // Video coding changes and rounds colors.
    const on = levels.map((level) => (level > 245 ? 1 : level < 10 ? 0 : Number.NaN));
    const names: Record<string, string> = {
      '0,0,0': 'black',
      '1,0,0': 'red',
      '0,1,0': 'green',
      '0,0,1': 'blue',
    };
    return names[String(on)] ?? String(levels);
  });
}
