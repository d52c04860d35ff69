import { abortable } from '../shared/abortable.js';
import { fetchAsset, readBody, resolveUrl } from '../shared/assets.js';
import type { ImageEffect } from '../shared/effect.js';
import { CycloramaError } from '../shared/errors.js';
import { isBlob, isImageBitmap, isImageElement } from '../shared/platform-objects.js';
import { MAX_IMAGE_BYTES, readAtMost } from '../shared/read-body.js';
import { shorten } from '../shared/validation.js';

/**
 * Maximum side of a background image in pixels. It exceeds camera frames, and every WebGPU device supports
 * it.
 */
const MAX_SIDE = 4096;

/**
 * Loads and decodes a background image. The caller closes the bitmap.
 *
 * @throws {CycloramaError} `asset` if it cannot be fetched, `effect` if it does not decode or is cross-origin
 *   without CORS
 * @throws the signal's reason if it aborts
 */
export async function loadImage(
  source: ImageEffect['source'],
  signal: AbortSignal | undefined,
): Promise<ImageBitmap> {
  const [decodable, name] = await openSource(source, signal);
  let bitmap: ImageBitmap;
  try {
    if (isImageElement(decodable)) await abortable(decodable.decode(), signal);
    const decoded = createImageBitmap(decodable).then(limitSize);
    bitmap = await abortable(decoded, signal, (late) => late.close());
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CycloramaError('effect', explainUndecodable(name, decodable), { cause });
  }
  // An <img> or bitmap may be tainted. Neither a worker nor a GPU accepts that.
  if (isBlob(decodable) || isReadable(bitmap)) return bitmap;
  bitmap.close();
  throw new CycloramaError(
    'effect',
    `${name} is cross-origin: set its crossorigin attribute before its source, or pass its URL`,
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

async function openSource(
  source: ImageEffect['source'],
  signal: AbortSignal | undefined,
): Promise<[Blob | ImageBitmap | HTMLImageElement, name: string]> {
  if (isBlob(source)) return [source, `the background (a Blob of type "${shorten(source.type)}")`];
  if (isImageBitmap(source)) return [source, 'the background (an ImageBitmap)'];
  if (isImageElement(source))
    return [source, `the background (<img> of ${shorten(source.src) || 'nothing'})`];
  return openUrl(source, 'the background', signal);
}

/**
 * Fetches an image, and names it for messages. On a page an `<img>` loads a `blob:` URL, because policies
 * that allow the page's own images usually forbid fetching them.
 *
 * @throws {CycloramaError} `asset` if it cannot be fetched
 * @throws the signal's reason if it aborts
 */
export async function openUrl(
  source: string | URL,
  what: string,
  signal: AbortSignal | undefined,
): Promise<[Blob | HTMLImageElement, name: string]> {
  const url = resolveUrl(source, what);
  const name = `${what} ${shorten(url.href)}`;
  if (url.protocol === 'blob:' && typeof Image !== 'undefined') {
    const image = new Image();
    image.src = url.href;
    return [image, name];
  }
  const response = await fetchAsset(url, what, signal);
  const bytes = await readBody(readAtMost(response, MAX_IMAGE_BYTES), url, what, signal);
  // Only the type identifies an SVG.
  const type = response.headers.get('content-type') ?? '';
  return [new Blob([bytes], { type }), name];
}

/** The message for an image that does not decode. Browsers do not report why a `blob:` URL failed. */
export function explainUndecodable(name: string, image: unknown): string {
  const why = `${name} is not an image that this browser can decode`;
  return isImageElement(image) && image.src.startsWith('blob:')
    ? `${why}, its blob: URL was revoked, or the page's policy lacks blob: in img-src`
    : why;
}

async function limitSize(bitmap: ImageBitmap): Promise<ImageBitmap> {
  const { width, height } = bitmap;
  const scale = MAX_SIDE / Math.max(width, height);
  if (scale >= 1) return bitmap;
  return resize(bitmap, Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
}

/** Scales an image to `width` by `height` pixels, and closes it. */
export async function resize(image: ImageBitmap, width: number, height: number): Promise<ImageBitmap> {
  try {
    const options = { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' } as const;
    const resized = await createImageBitmap(image, options);
    if (resized.width === width && resized.height === height) return resized;
    // Browsers without these options ignore them.
    resized.close();
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (!context)
      throw new CycloramaError('unsupported', 'this browser has no 2D context for an OffscreenCanvas');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, width, height);
    return canvas.transferToImageBitmap();
  } finally {
    image.close();
  }
}
