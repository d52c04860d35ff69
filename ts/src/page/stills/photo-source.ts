import { abortable } from '../../shared/abortable.js';
import { CycloramaError } from '../../shared/errors.js';
import type { Size } from '../../shared/frame.js';
import { checkSize } from '../../shared/photo.js';
import {
  isBlob,
  isCanvas,
  isImageBitmap,
  isImageData,
  isImageElement,
  isOffscreenCanvas,
  isUrl,
  isVideoFrame,
} from '../../shared/platform-objects.js';
import { shorten } from '../../shared/validation.js';
import { explainUndecodable, openUrl } from '../image-source.js';
import type { StillSource } from './options.js';

/**
 * Loads and copies a photo, rotated by its EXIF orientation. The caller closes the bitmap.
 *
 * @param maxSide the maximum side that the GPU supports, in pixels
 * @throws {CycloramaError} `asset` if it cannot be fetched, `frame` if it does not decode, is too large or
 *   cannot be read
 * @throws the signal's reason if it aborts
 */
export async function loadPhoto(
  source: StillSource,
  maxSide: number,
  signal: AbortSignal | undefined,
): Promise<ImageBitmap> {
  const [decodable, name] = await decodableOf(source, signal);
  const undecodable = (cause: unknown): never => {
    signal?.throwIfAborted();
    throw new CycloramaError('frame', explainUndecodable(name, decodable), { cause });
  };
  if (isImageElement(decodable)) await abortable(decodable.decode(), signal).catch(undecodable);
  const size = sizeOf(decodable);
  // If the size is known, check it before decoding.
  if (size) checkSize(size, maxSide, name);
  // Browsers apply the EXIF orientation by default.
  const decoding = createImageBitmap(decodable);
  const photo = await abortable(decoding, signal, (late) => late.close()).catch(undecodable);
  try {
    signal?.throwIfAborted();
    checkSize(photo, maxSide, name);
    assertReadable(photo, name);
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
  if (typeof source === 'string' || isUrl(source)) return openUrl(source, 'the photo', signal);
  if (isBlob(source)) return [source, `the photo (a Blob of type "${shorten(source.type)}")`];
  if (isImageElement(source)) {
    const url = shorten(source.currentSrc || source.src);
    return [source, `the photo (<img> of ${url || 'nothing'})`];
  }
  const kind = kindOf(source);
  if (kind) return [source, `the photo (${kind})`];
  const kinds = 'a URL, Blob, <img>, ImageBitmap, <canvas>, OffscreenCanvas, ImageData or VideoFrame';
  throw new CycloramaError('frame', `a photo must be ${kinds}`);
}

function kindOf(source: unknown): string | undefined {
  if (isImageBitmap(source)) return 'ImageBitmap';
  if (isCanvas(source)) return 'HTMLCanvasElement';
  if (isOffscreenCanvas(source)) return 'OffscreenCanvas';
  if (isImageData(source)) return 'ImageData';
  return isVideoFrame(source) ? 'VideoFrame' : undefined;
}

/** The size of a photo, if it is known before decoding. */
function sizeOf(source: Decodable): Size | undefined {
  if (isBlob(source)) return undefined;
  if (isImageElement(source)) return { width: source.naturalWidth, height: source.naturalHeight };
  if (isVideoFrame(source)) return { width: source.displayWidth, height: source.displayHeight };
  return { width: source.width, height: source.height };
}

/** @throws {CycloramaError} `frame` if the photo is cross-origin without CORS */
function assertReadable(photo: ImageBitmap, name: string): void {
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  try {
    context?.drawImage(photo, 0, 0, 1, 1, 0, 0, 1, 1);
    context?.getImageData(0, 0, 1, 1);
  } catch (cause) {
    const remedy = 'load it with crossorigin="anonymous" from a server that allows it';
    throw new CycloramaError('frame', `${name} is cross-origin and cannot be read: ${remedy}`, {
      cause,
    });
  }
}
