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
import { explainUndecodable, openAddress } from '../image-source.js';
import type { StillSource } from './options.js';

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
  const undecodable = (cause: unknown): never => {
    signal?.throwIfAborted();
    throw new CycloramaError('frame', explainUndecodable(name, decodable), { cause });
  };
  if (isImageElement(decodable)) await abortable(decodable.decode(), signal).catch(undecodable);
  const size = sizeOf(decodable);
  // Where the size is known before, nothing is decoded in vain.
  if (size) checkSize(size, maxSide, name);
  // Browsers turn a photograph upright by its EXIF data unless told otherwise.
  const decoding = createImageBitmap(decodable);
  const photo = await abortable(decoding, signal, (late) => late.close()).catch(undecodable);
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
  if (typeof source === 'string' || isUrl(source)) return openAddress(source, 'the photograph', signal);
  if (isBlob(source)) return [source, `the photograph (a Blob of type "${shorten(source.type)}")`];
  if (isImageElement(source)) {
    const address = shorten(source.currentSrc || source.src);
    return [source, `the photograph (<img> of ${address || 'nothing'})`];
  }
  const kind = kindOf(source);
  if (kind) return [source, `the photograph (${kind})`];
  const kinds = 'an address, Blob, <img>, ImageBitmap, <canvas>, OffscreenCanvas, ImageData or VideoFrame';
  throw new CycloramaError('frame', `a photograph must be ${kinds}`);
}

function kindOf(source: unknown): string | undefined {
  if (isImageBitmap(source)) return 'ImageBitmap';
  if (isCanvas(source)) return 'HTMLCanvasElement';
  if (isOffscreenCanvas(source)) return 'OffscreenCanvas';
  if (isImageData(source)) return 'ImageData';
  return isVideoFrame(source) ? 'VideoFrame' : undefined;
}

/** How large a picture is, where that is known before it is decoded. */
function sizeOf(source: Decodable): Size | undefined {
  if (isBlob(source)) return undefined;
  if (isImageElement(source)) return { width: source.naturalWidth, height: source.naturalHeight };
  if (isVideoFrame(source)) return { width: source.displayWidth, height: source.displayHeight };
  return { width: source.width, height: source.height };
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
