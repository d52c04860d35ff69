import clipUrl from '/clip.webm?url';
import { openCamera } from '../sources';
import { redOf } from './quality';
import { type Report, sizeName } from './report';
import type { SourceKind } from './settings';
import type { Mask, PreparedFrame } from './systems';

/** Frames that are taken of a source, and over how long: enough of real motion, and little enough to be held at all sizes. */
const COUNT = 16;
const SPAN = 2;

/** Frames decoded beforehand, so that what is timed is not the decoder. */
export interface Material {
  source: Report['source'];
  /** By `sizeName`, in the order of time and back again. */
  frames: ReadonlyMap<string, readonly PreparedFrame[]>;
  /** What the person is in truth, where that was given: by `sizeName`, as `frames`. */
  truths: ReadonlyMap<string, readonly Mask[]> | undefined;
  close(): void;
}

/** What frames are taken of. */
export interface Choice {
  kind: SourceKind;
  /** A picture or a video of the user's. */
  file: File | undefined;
  /** Its masks: white for the person. A picture of a picture, a video of a video. */
  mask: File | undefined;
}

/**
 * Takes frames of a source at each size, filling it.
 *
 * @throws {Error} in words for the user
 */
export async function prepareFrames(
  { kind, file, mask }: Choice,
  sizes: readonly (readonly [number, number])[],
  signal: AbortSignal,
): Promise<Material> {
  const frames = new Map<string, PreparedFrame[]>(sizes.map((size) => [sizeName(size), []]));
  const made: PreparedFrame[] = [];
  const close = () => {
    for (const frame of made) frame.close();
  };
  const take = (picture: CanvasImageSource, width: number, height: number) => {
    for (const size of sizes) {
      const frame = frameOf(draw(picture, [width, height], size), made.length);
      made.push(frame);
      frames.get(sizeName(size))?.push(frame);
    }
  };
  try {
    const source = await takeAll({ kind, file }, take, signal);
    const truths = mask && kind === 'file' ? await takeTruths(mask, sizes, signal) : undefined;
    if (truths && [...truths].some(([size, list]) => list.length !== frames.get(size)?.length)) {
      throw new Error('A picture needs a picture of its mask, and a video a video of its masks.');
    }
    return {
      source,
      frames: new Map([...frames].map(([size, list]) => [size, thereAndBack(list)])),
      truths: truths && new Map([...truths].map(([size, list]) => [size, thereAndBack(list)])),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** A film that starts anew would be a cut. */
const thereAndBack = <Item>(list: readonly Item[]) => [...list, ...list.slice(1, -1).reverse()];

type Take = (picture: CanvasImageSource, width: number, height: number) => void;

async function takeAll(
  { kind, file }: Pick<Choice, 'kind' | 'file'>,
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
      if (!file) throw new Error('Choose a picture or a video first.');
      await takeOfFile(file, take, signal);
      // Its name is nobody else's business, and reports are shared.
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
    (picture, width, height) => {
      for (const size of sizes)
        masks.get(sizeName(size))?.push(redOf(draw(picture, [width, height], size), ...size));
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
  const picture = await createImageBitmap(file).catch((cause: unknown) => {
    throw new Error(`${file.name} is neither a picture nor a video that this browser can read.`, { cause });
  });
  take(picture, picture.width, picture.height);
  picture.close();
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
      // In the middle between two times at which frames begin, rounding takes either of them.
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
    // The run may have been stopped while the browser asked for the camera.
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
        camera.onEnded = () => reject(new Error('The camera has gone.'));
      }).finally(() => end.abort());
      take(video, video.videoWidth, video.videoHeight);
      await new Promise((resolve) => setTimeout(resolve, (1000 * SPAN) / COUNT / 2));
    }
  } finally {
    camera.stop();
    video.srcObject = null;
  }
}

/** Waits for an event of a video, or for why it will not come. */
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

/** A picture at another size, filling it: what is too much on two sides is cut off. */
function draw(
  picture: CanvasImageSource,
  [fromWidth, fromHeight]: readonly [number, number],
  [width, height]: readonly [number, number],
): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    willReadFrequently: true,
    alpha: false,
  });
  if (!context) throw new Error('the browser gives no canvas to make frames with');
  const scale = Math.max(width / fromWidth, height / fromHeight);
  const [shownWidth, shownHeight] = [fromWidth * scale, fromHeight * scale];
  context.imageSmoothingQuality = 'high';
  // Of an upright picture more is left at the top, where heads are.
  context.drawImage(picture, (width - shownWidth) / 2, (height - shownHeight) / 5, shownWidth, shownHeight);
  return context;
}

/** What was drawn as a frame in memory, as a camera's is; or a bitmap in browsers that have no such frames. */
function frameOf(context: OffscreenCanvasRenderingContext2D, index: number): PreparedFrame {
  const { canvas } = context;
  if (typeof VideoFrame === 'undefined') return canvas.transferToImageBitmap();
  const { width, height } = canvas;
  const { data } = context.getImageData(0, 0, width, height);
  return new VideoFrame(data, {
    format: 'RGBX',
    codedWidth: width,
    codedHeight: height,
    timestamp: Math.round((index * SPAN * 1e6) / COUNT),
  });
}
