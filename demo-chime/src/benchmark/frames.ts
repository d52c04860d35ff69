import clipUrl from '/clip.webm?url';
import { openCamera } from '../shared/sources';
import { yuvFrame } from '../shared/yuv-frame';
import type { Mask, PreparedFrame } from './engines';
import { redChannelOf } from './mask-image';
import { type Report, sizeName } from './report';
import type { SourceKind } from './settings';

/** The number of frames and their time span in seconds: real motion that fits into memory at all sizes. */
const COUNT = 16;
const SPAN = 2;

/** The frames of a run. They are decoded before it, so that decoding is not measured. */
export interface Material {
  source: Report['source'];
  /** By `sizeName`, forward and then backward in time. */
  frames: ReadonlyMap<string, readonly PreparedFrame[]>;
  /** Ground-truth masks if given: by `sizeName`, in the order of `frames`. */
  truths: ReadonlyMap<string, readonly Mask[]> | undefined;
  close(): void;
}

/** The chosen source of frames. */
export interface SourceChoice {
  kind: SourceKind;
  /** The user's image or video. */
  file: File | undefined;
  /** Its masks: white for the person. A mask image for an image, a mask video for a video. */
  mask: File | undefined;
}

/**
 * Decodes frames of a source at each size. Frames fill their size and are cropped.
 *
 * @throws {Error} with a message for the user
 */
export async function prepareFrames(
  { kind, file, mask }: SourceChoice,
  sizes: readonly (readonly [number, number])[],
  signal: AbortSignal,
): Promise<Material> {
  const frames = new Map<string, PreparedFrame[]>(sizes.map((size) => [sizeName(size), []]));
  const made: PreparedFrame[] = [];
  const close = () => {
    for (const frame of made) frame.close();
  };
  const take = (image: CanvasImageSource, width: number, height: number) => {
    for (const size of sizes) {
      const frame = frameOf(draw(image, [width, height], size), made.length);
      made.push(frame);
      frames.get(sizeName(size))?.push(frame);
    }
  };
  try {
    const source = await takeAll({ kind, file }, take, signal);
    const truths = mask && kind === 'file' ? await takeTruths(mask, sizes, signal) : undefined;
    if (truths && [...truths].some(([size, list]) => list.length !== frames.get(size)?.length)) {
      throw new Error('An image needs a mask image, and a video a mask video.');
    }
    return {
      source,
      frames: new Map([...frames].map(([size, list]) => [size, forwardAndBackward(list)])),
      truths: truths && new Map([...truths].map(([size, list]) => [size, forwardAndBackward(list)])),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Plays frames forward and backward, because a loop would have a cut. */
const forwardAndBackward = <Item>(list: readonly Item[]) => [...list, ...list.slice(1, -1).reverse()];

type Take = (image: CanvasImageSource, width: number, height: number) => void;

async function takeAll(
  { kind, file }: Pick<SourceChoice, 'kind' | 'file'>,
  take: Take,
  signal: AbortSignal,
): Promise<Report['source']> {
  switch (kind) {
    case 'clip':
      await takeOfVideo(clipUrl, take, signal);
      return { kind, name: 'clip.webm' };
    case 'camera':
      await takeOfCamera(take, signal);
      return { kind };
    case 'file':
      if (!file) throw new Error('Choose an image or a video first.');
      await takeOfFile(file, take, signal);
      // Reports are shared, so they do not contain the file's name.
      return { kind };
  }
}

async function takeTruths(
  file: File,
  sizes: readonly (readonly [number, number])[],
  signal: AbortSignal,
): Promise<Map<string, Mask[]>> {
  const masks = new Map<string, Mask[]>(sizes.map((size) => [sizeName(size), []]));
  await takeOfFile(
    file,
    (image, width, height) => {
      for (const size of sizes)
        masks.get(sizeName(size))?.push(redChannelOf(draw(image, [width, height], size), ...size));
    },
    signal,
  );
  return masks;
}

async function takeOfFile(file: File, take: Take, signal: AbortSignal): Promise<void> {
  if (file.type.startsWith('video/')) {
    const url = URL.createObjectURL(file);
    try {
      await takeOfVideo(url, take, signal);
    } finally {
      URL.revokeObjectURL(url);
    }
    return;
  }
  const image = await createImageBitmap(file).catch((cause: unknown) => {
    throw new Error(`${file.name} is neither an image nor a video that this browser can decode.`, { cause });
  });
  take(image, image.width, image.height);
  image.close();
}

async function takeOfVideo(url: string, take: Take, signal: AbortSignal): Promise<void> {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.preload = 'auto';
  video.src = url;
  try {
    await event(video, 'loadeddata', signal);
    const span = Math.min(SPAN, Number.isFinite(video.duration) ? video.duration * 0.95 : SPAN);
    for (let index = 0; index < COUNT; index += 1) {
      // The offset avoids the start time of a frame, where rounding could select either neighbor.
      const sought = event(video, 'seeked', signal);
      video.currentTime = (span * index) / COUNT + 0.001;
      await sought;
      take(video, video.videoWidth, video.videoHeight);
    }
  } finally {
    video.removeAttribute('src');
    video.load();
  }
}

async function takeOfCamera(take: Take, signal: AbortSignal): Promise<void> {
  const camera = await openCamera();
  const video = document.createElement('video');
  try {
    // The user may have stopped the run during the permission prompt.
    signal.throwIfAborted();
    video.muted = true;
    video.playsInline = true;
    video.srcObject = camera.stream;
    await video.play();
    for (let index = 0; index < COUNT; index += 1) {
      signal.throwIfAborted();
      const end = new AbortController();
      await new Promise<void>((resolve, reject) => {
        video.requestVideoFrameCallback(() => resolve());
        signal.addEventListener('abort', () => reject(signal.reason), { signal: end.signal });
        camera.onEnded = () => reject(new Error('The camera was disconnected.'));
      }).finally(() => end.abort());
      take(video, video.videoWidth, video.videoHeight);
      await new Promise((resolve) => setTimeout(resolve, (1000 * SPAN) / COUNT / 2));
    }
  } finally {
    camera.stop();
    video.srcObject = null;
  }
}

/** Waits for an event of a video, or rejects with the error that prevents it. */
function event(video: HTMLVideoElement, name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const end = new AbortController();
    const settle = (act: () => void) => {
      end.abort();
      act();
    };
    const options = { signal: end.signal };
    video.addEventListener(name, () => settle(resolve), options);
    const broken = () => settle(() => reject(new Error('This browser cannot play the video.')));
    video.addEventListener('error', broken, options);
    signal.addEventListener('abort', () => settle(() => reject(signal.reason)), options);
  });
}

/** Draws an image at another size. The image fills the size and is cropped. */
function draw(
  image: CanvasImageSource,
  [fromWidth, fromHeight]: readonly [number, number],
  [width, height]: readonly [number, number],
): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    willReadFrequently: true,
    alpha: false,
  });
  if (!context) throw new Error('the browser provides no 2D context to make frames');
  const scale = Math.max(width / fromWidth, height / fromHeight);
  const [shownWidth, shownHeight] = [fromWidth * scale, fromHeight * scale];
  context.imageSmoothingQuality = 'high';
  // A portrait image keeps more of its top, where heads are.
  context.drawImage(image, (width - shownWidth) / 2, (height - shownHeight) / 5, shownWidth, shownHeight);
  return context;
}

/** An I420 `VideoFrame` in memory, like a camera's. An `ImageBitmap` in browsers without `VideoFrame`. */
function frameOf(context: OffscreenCanvasRenderingContext2D, index: number): PreparedFrame {
  const { canvas } = context;
  if (typeof VideoFrame === 'undefined') return canvas.transferToImageBitmap();
  const { width, height } = canvas;
  return yuvFrame(context.getImageData(0, 0, width, height), Math.round((index * SPAN * 1e6) / COUNT));
}
