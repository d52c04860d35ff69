import { fetchAsset, readBody, resolveAddress } from './assets.js';
import type { ImageEffect } from './effect.js';
import { CycloramaError } from './errors.js';

/** No camera frame shows more of a background than this many pixels a side, and every WebGPU device can hold them. */
const MAX_SIDE = 4096;

/**
 * Loads and decodes a background picture; the caller closes the bitmap.
 *
 * @throws {CycloramaError} `asset` where it cannot be fetched, `effect` where it does not decode
 */
export async function loadPicture(
  source: ImageEffect['source'],
  signal: AbortSignal | undefined,
): Promise<ImageBitmap> {
  const [decodable, name] = await fetchSource(source, signal);
  try {
    if (decodable instanceof HTMLImageElement) await decodable.decode();
    return await limitSize(await createImageBitmap(decodable));
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CycloramaError('effect', `${name} is no picture that this browser can decode`, { cause });
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
  return [await readBody(response.blob(), url, what, signal), `the background ${url.href}`];
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
