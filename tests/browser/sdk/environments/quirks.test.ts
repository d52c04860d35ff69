/** Behavior of other engines with frames, simulated in Chromium. docs/browser-support.md names the engines. */
import { afterEach, expect, test, vi } from 'vitest';
import { type Backend, VirtualBackground } from '../../../../ts/src/index.js';
import { describeOnAllBackends } from '../../matrix.js';
import { readPixels } from '../helpers/pixels.js';
import { countMarker, cut, meanDifference, PERSON, paintScene } from '../helpers/scene.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;

let background: VirtualBackground | undefined;

afterEach(async () => {
  vi.restoreAllMocks();
  await background?.destroy();
  background = undefined;
});

/** `copyTo` resolves with the frame's own bytes in any format, as in WebKit. */
function copyWithoutConversion(): void {
  const { copyTo } = VideoFrame.prototype;
  vi.spyOn(VideoFrame.prototype, 'copyTo').mockImplementation(function (this: VideoFrame, to) {
    const ownBytes = new Uint8Array(this.allocationSize());
    return copyTo.call(this, ownBytes).then((layout) => {
      const target = new Uint8Array(to as ArrayBuffer, 0);
      target.set(ownBytes.subarray(0, target.length));
      return layout;
    });
  });
}

/** Bitmaps of some canvases show the previous image, like those of WebGL canvases in WebKitGTK. */
function delayBitmaps(isConcerned: (kind: string, options: WebGLContextAttributes) => boolean): void {
  const concerned = new WeakSet<OffscreenCanvas>();
  const known = new WeakSet<OffscreenCanvas>();
  const waiting = new WeakMap<OffscreenCanvas, ImageBitmap>();
  const { getContext, transferToImageBitmap } = OffscreenCanvas.prototype;
  vi.spyOn(OffscreenCanvas.prototype, 'getContext').mockImplementation(function (
    this: OffscreenCanvas,
    kind: string,
    options: WebGLContextAttributes = {},
  ) {
    const context = getContext.call(this, kind as '2d', options);
    // Options of later calls have no effect.
    const isFirst = context !== null && !known.has(this);
    if (isFirst && kind !== '2d' && isConcerned(kind, options)) concerned.add(this);
    if (isFirst) known.add(this);
    return context;
  } as typeof getContext);
  vi.spyOn(OffscreenCanvas.prototype, 'transferToImageBitmap').mockImplementation(function (
    this: OffscreenCanvas,
  ) {
    const image = transferToImageBitmap.call(this);
    if (!concerned.has(this)) return image;
    const before = waiting.get(this) ?? new OffscreenCanvas(image.width, image.height);
    waiting.set(this, image);
    if (before instanceof ImageBitmap) return before;
    before.getContext('2d');
    return transferToImageBitmap.call(before);
  });
}

/** Expects the first frame, and the first one after a pause, to be right. */
async function expectRightFrames(
  backend: Backend,
  source: CanvasImageSource & (VideoFrame | HTMLCanvasElement),
) {
  const camera = await paintScene();
  background = await VirtualBackground.create({ backend, worker: false, effect: BLUE, quality: 'high' });
  expect(background.backend).toBe(backend);
  const { image, outcome } = await background.processFrame(source);
  expect(outcome).toBe('processed');
  const [shown, before] = [readPixels(image, 640, 360), readPixels(camera, 640, 360)];
  image.close();
  expect(countMarker(shown)).toBe(0);
  for (const region of PERSON)
    expect(meanDifference(cut(shown, region), cut(before, region))).toBeLessThan(3);
  void background.pause();
  const hidden = await background.processFrame(source);
  const { data } = readPixels(hidden.image, 640, 360);
  hidden.image.close();
  expect(hidden.outcome).toBe('hidden');
  const first = data.slice(0, 4).join();
  expect(data.every((_, index) => index % 4 !== 0 || data.slice(index, index + 4).join() === first)).toBe(
    true,
  );
}

/** The scene in a camera's format. */
async function yuvScene(): Promise<VideoFrame> {
  const { data } = readPixels(await paintScene(), 640, 360);
  const [width, height] = [640, 360];
  const planes = new Uint8Array((width * height * 3) / 2);
  const average = (x: number, y: number, channel: number) => {
    let sum = 0;
    for (const [i, j] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      sum += data[((y + j) * width + x + i) * 4 + channel] ?? 0;
    }
    return sum / 4;
  };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [red = 0, green = 0, blue = 0] = data.subarray((y * width + x) * 4);
      // BT.709 of limited range.
      planes[y * width + x] = 16 + 0.1826 * red + 0.6142 * green + 0.062 * blue;
      if (x % 2 || y % 2) continue;
      const [r, g, b] = [0, 1, 2].map((channel) => average(x, y, channel)) as [number, number, number];
      const chroma = width * height + ((y / 2) * width) / 2 + x / 2;
      planes[chroma] = 128 - 0.1006 * r - 0.3386 * g + 0.4392 * b;
      planes[chroma + (width * height) / 4] = 128 + 0.4392 * r - 0.3989 * g - 0.0403 * b;
    }
  }
  return new VideoFrame(planes, {
    format: 'I420',
    codedWidth: width,
    codedHeight: height,
    timestamp: 0,
    colorSpace: { matrix: 'bt709', primaries: 'bt709', transfer: 'bt709', fullRange: false },
  });
}

describeOnAllBackends((backend) => {
  test('frames in a camera’s format are right whether copyTo converts or not', async () => {
    const frame = await yuvScene();
    await expectRightFrames(backend, frame);
    await background?.destroy();
    copyWithoutConversion();
    await expectRightFrames(backend, frame);
    frame.close();
  });
});

test('a WebGL canvas whose bitmaps show the previous image gets another buffer', async () => {
  delayBitmaps((kind, { preserveDrawingBuffer }) => kind === 'webgl2' && !preserveDrawingBuffer);
  await expectRightFrames('webgl', await paintScene());
});

test('a canvas whose bitmaps always show the previous image is not used', async () => {
  delayBitmaps(() => true);
  for (const backend of ['webgpu', 'webgl'] as const) {
    await expect(VirtualBackground.create({ backend, worker: false })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('another image'),
    });
  }
});

test('frames take another import path if WebGPU imports no video, or accepts no frames', async () => {
  const frame = await yuvScene();
  // Excludes the path of software adapters, which read frames into memory.
  vi.spyOn(VideoFrame.prototype, 'copyTo').mockRejectedValue(new Error('no'));
  const imports = vi.spyOn(GPUDevice.prototype, 'importExternalTexture');
  imports.mockImplementation(() => {
    throw new TypeError('not here');
  });
  await expectRightFrames('webgpu', frame);
  expect(imports).toHaveBeenCalled();
  await background?.destroy();
  const { copyExternalImageToTexture } = GPUQueue.prototype;
  const copies = vi.spyOn(GPUQueue.prototype, 'copyExternalImageToTexture');
  copies.mockImplementation(function (this: GPUQueue, from, ...more) {
    if (from.source instanceof VideoFrame) throw new TypeError('no VideoFrame');
    return copyExternalImageToTexture.call(this, from, ...more);
  });
  await expectRightFrames('webgpu', frame);
  const sources = copies.mock.calls.map(([{ source }]) => source.constructor.name);
  expect(sources).toContain('OffscreenCanvas');
  frame.close();
});

test('images are scaled down if the browser ignores the requested size of a bitmap', async () => {
  const { createImageBitmap } = globalThis;
  const unscaled = vi
    .spyOn(globalThis, 'createImageBitmap')
    .mockImplementation(((image: ImageBitmapSource) => createImageBitmap(image)) as typeof createImageBitmap);
  // Wider than the limit of 4096 pixels, and than the smallest limit of WebGL textures.
  const canvas = new OffscreenCanvas(9000, 30);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('there is no 2D context');
  context.fillStyle = BLUE.color;
  context.fillRect(0, 0, canvas.width, canvas.height);
  background = await VirtualBackground.create({
    backend: 'webgl',
    worker: false,
    effect: { kind: 'image', source: await canvas.convertToBlob() },
  });
  expect(unscaled).toHaveBeenCalled();
  const { image, outcome } = await background.processFrame(await paintScene());
  expect(outcome).toBe('processed');
  expect([...readPixels(image, 640, 360).data.slice(0, 3)]).toEqual([32, 64, 192]);
  image.close();
});
