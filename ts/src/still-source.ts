import { fetchAsset, readBody, resolveAddress } from './assets.js';
import { MAX_PICTURE_BYTES, readAtMost } from './body.js';
import { CycloramaError } from './errors.js';
import type { Size } from './frame.js';
import type { StillSource } from './still-options.js';

/** No photograph has more pixels than this, as each takes the memory of several copies: 8192 x 8192. */
export const MAX_PIXELS = 2 ** 26;

/**
 * A copy of a photograph, upright as its EXIF data has it; the caller closes it.
 *
 * @param maxSide the longest side that the GPU takes, in pixels
 * @throws {CycloramaError} `asset` where it cannot be fetched, `frame` where it is no picture, is too large or may not be read
 * @throws the signal's reason once that is aborted
 */
export async function loadPhoto(
  source: StillSource,
  maxSide: number,
  signal: AbortSignal | undefined,
): Promise<ImageBitmap> {
  const [decodable, name] = await decodableOf(source, signal);
  const size = sizeOf(decodable);
  // Where the size is known before, nothing is decoded in vain.
  if (size) checkSize(size, maxSide, name);
  let photo: ImageBitmap;
  try {
    // Browsers turn a photograph upright by its EXIF data unless told otherwise.
    photo = await createImageBitmap(decodable);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CycloramaError('frame', `${name} is no picture that this browser can decode`, { cause });
  }
  try {
    signal?.throwIfAborted();
    checkSize(photo, maxSide, name);
    checkReadable(photo, name);
    return photo;
  } catch (cause) {
    photo.close();
    throw cause;
  }
}

type Decodable = Exclude<StillSource, string | URL>;

async function decodableOf(
  source: StillSource,
  signal: AbortSignal | undefined,
): Promise<[Decodable, name: string]> {
  if (typeof source === 'string' || source instanceof URL) {
    const what = 'the photograph';
    const url = resolveAddress(source, what);
    const response = await fetchAsset(url, what, signal);
    const bytes = await readBody(readAtMost(response, MAX_PICTURE_BYTES), url, what, signal);
    const type = response.headers.get('content-type') ?? '';
    return [new Blob([bytes], { type }), `${what} ${url.href}`];
  }
  if (source instanceof Blob) return [source, `the photograph (a Blob of type "${source.type}")`];
  if (isOf('HTMLImageElement', source)) {
    const image = source as HTMLImageElement;
    const name = `the photograph (<img> of ${image.currentSrc || image.src || 'nothing'})`;
    try {
      await image.decode();
    } catch (cause) {
      throw new CycloramaError('frame', `${name} is no picture that this browser can decode`, { cause });
    }
    return [image, name];
  }
  for (const kind of ['ImageBitmap', 'HTMLCanvasElement', 'OffscreenCanvas', 'ImageData', 'VideoFrame']) {
    if (isOf(kind, source)) return [source, `the photograph (${kind})`];
  }
  const kinds = 'an address, Blob, <img>, ImageBitmap, <canvas>, OffscreenCanvas, ImageData or VideoFrame';
  throw new CycloramaError('frame', `a photograph must be ${kinds}`);
}

/** Whether a value is of one of the browser's classes, not all of which exist everywhere. */
function isOf(kind: string, value: unknown): boolean {
  const type: unknown = Reflect.get(globalThis, kind);
  return typeof type === 'function' && value instanceof type;
}

/** How large a picture is, where that is known before it is decoded. */
function sizeOf(source: Decodable): Size | undefined {
  if (source instanceof Blob) return undefined;
  if ('naturalWidth' in source) return { width: source.naturalWidth, height: source.naturalHeight };
  if ('displayWidth' in source) return { width: source.displayWidth, height: source.displayHeight };
  return { width: source.width, height: source.height };
}

/** @throws {CycloramaError} `frame` for no pixels or too many */
export function checkSize({ width, height }: Size, maxSide: number, name: string): void {
  if (width === 0 || height === 0) {
    throw new CycloramaError(
      'frame',
      `${name} has no pixels: it is closed, empty or without a size of its own`,
    );
  }
  if (Math.max(width, height) > maxSide) {
    const limit = `this GPU takes at most ${maxSide} pixels a side: scale it down, for example by createImageBitmap`;
    throw new CycloramaError('frame', `${name} is ${width}x${height}, but ${limit}`);
  }
  if (width * height > MAX_PIXELS) {
    const limit = `the limit is ${MAX_PIXELS} pixels: scale it down, for example by createImageBitmap`;
    throw new CycloramaError('frame', `${name} is ${width}x${height}, but ${limit}`);
  }
}

/** @throws {CycloramaError} `frame` for what another origin did not give away */
function checkReadable(photo: ImageBitmap, name: string): void {
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  try {
    context?.drawImage(photo, 0, 0, 1, 1, 0, 0, 1, 1);
    context?.getImageData(0, 0, 1, 1);
  } catch (cause) {
    const remedy = 'load it with crossorigin="anonymous" from a server that allows that';
    throw new CycloramaError('frame', `${name} is another origin's and may not be read: ${remedy}`, {
      cause,
    });
  }
}
