import { fetchAsset, readBody, resolveAddress } from './assets.js';
import { MAX_PICTURE_BYTES, readAtMost } from './body.js';
import type { ImageEffect } from './effect.js';
import { CycloramaError } from './errors.js';

/** No camera frame shows more of a background than this many pixels a side, and every WebGPU device can hold them. */
const MAX_SIDE = 4096;

/**
 * Loads and decodes a background picture; the caller closes the bitmap.
 *
 * @throws {CycloramaError} `asset` where it cannot be fetched, `effect` where it does not decode or another origin does not
 *   allow a look
 */
export async function loadPicture(
  source: ImageEffect['source'],
  signal: AbortSignal | undefined,
): Promise<ImageBitmap> {
  const [decodable, name] = await fetchSource(source, signal);
  let bitmap: ImageBitmap;
  try {
    if (decodable instanceof HTMLImageElement) await decodable.decode();
    bitmap = await limitSize(await createImageBitmap(decodable));
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CycloramaError('effect', `${name} is no picture that this browser can decode`, { cause });
  }
  // Only a page's own objects can hold what the page may not read: neither a worker nor a GPU is given that.
  if (decodable instanceof Blob || isReadable(bitmap)) return bitmap;
  bitmap.close();
  throw new CycloramaError(
    'effect',
    `${name} is of another origin: set its crossorigin attribute before its source, or pass its address`,
  );
}

function isReadable(bitmap: ImageBitmap): boolean {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  context?.drawImage(bitmap, 0, 0, 1, 1);
  try {
    context?.getImageData(0, 0, 1, 1);
    return true;
  } catch {
    return false;
  }
}

async function fetchSource(
  source: ImageEffect['source'],
  signal: AbortSignal | undefined,
): Promise<[Blob | ImageBitmap | HTMLImageElement, name: string]> {
  if (source instanceof Blob) return [source, `the background (a Blob of type "${source.type}")`];
  if (source instanceof ImageBitmap) return [source, 'the background (an ImageBitmap)'];
  if (source instanceof HTMLImageElement)
    return [source, `the background (<img> of ${source.src || 'nothing'})`];
  const what = 'the background';
  const url = resolveAddress(source, what);
  const response = await fetchAsset(url, what, signal);
  const bytes = await readBody(readAtMost(response, MAX_PICTURE_BYTES), url, what, signal);
  // An SVG is told from other pictures by its type alone.
  const type = response.headers.get('content-type') ?? '';
  return [new Blob([bytes], { type }), `the background ${shown(url)}`];
}

/** An address for messages: of a `data:` one the beginning. */
function shown(url: URL): string {
  return url.protocol === 'data:' ? `${url.href.slice(0, 40)}…` : url.href;
}

async function limitSize(bitmap: ImageBitmap): Promise<ImageBitmap> {
  const { width, height } = bitmap;
  const scale = MAX_SIDE / Math.max(width, height);
  if (scale >= 1) return bitmap;
  try {
    return await createImageBitmap(bitmap, {
      resizeWidth: Math.max(1, Math.round(width * scale)),
      resizeHeight: Math.max(1, Math.round(height * scale)),
      resizeQuality: 'high',
    });
  } finally {
    bitmap.close();
  }
}
