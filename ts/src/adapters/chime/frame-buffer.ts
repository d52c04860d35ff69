import type { VideoFrameBuffer } from 'amazon-chime-sdk-js';
import { resize } from '../../page/image-source.js';
import { CycloramaError } from '../../shared/errors.js';

/** The SDK's frame buffer around the canvas with a processor's output. */
export class CanvasBuffer implements VideoFrameBuffer {
  framerate: number;
  width: number;
  height: number;
  #canvas: HTMLCanvasElement | null;

  constructor(canvas: HTMLCanvasElement, framerate: number) {
    this.#canvas = canvas;
    this.width = canvas.width;
    this.height = canvas.height;
    this.framerate = framerate;
  }

  /** A buffer without pixels, which the SDK does not draw. */
  static empty(framerate: number): CanvasBuffer {
    const canvas = document.createElement('canvas');
    canvas.width = 0;
    canvas.height = 0;
    return new CanvasBuffer(canvas, framerate);
  }

  destroy(): void {
    this.#canvas = null;
  }

  async asCanvasImageSource(): Promise<HTMLCanvasElement> {
    if (!this.#canvas) throw new CycloramaError('destroyed', 'the video frame buffer was destroyed');
    return this.#canvas;
  }

  asCanvasElement(): HTMLCanvasElement | null {
    return this.#canvas;
  }
}

/** The canvas that shows a processor's latest output. */
export interface ResultCanvas {
  /** Shows an image and closes it. */
  show(image: ImageBitmap, framerate: number): Promise<CanvasBuffer>;
  /** Releases the last image. */
  clear(): void;
}

/**
 * Creates the output canvas. The SDK gets a canvas instead of a bitmap because it never closes bitmaps, and
 * because other processors may require a canvas.
 *
 * @throws {CycloramaError} `unsupported` outside a page, or if canvases have no `bitmaprenderer` context
 */
export function createResultCanvas(): ResultCanvas {
  const canvas = globalThis.document?.createElement('canvas');
  const context = canvas?.getContext('bitmaprenderer');
  if (!canvas || !context) {
    throw new CycloramaError(
      'unsupported',
      "the SDK's pipeline needs a page whose canvases have a bitmaprenderer context",
    );
  }
  canvas.width = 0;
  canvas.height = 0;

  return {
    async show(image, framerate) {
      const shown = await withNewShape(image, canvas);
      if (canvas.width !== shown.width) canvas.width = shown.width;
      if (canvas.height !== shown.height) canvas.height = shown.height;
      context.transferFromImageBitmap(shown);
      return new CanvasBuffer(canvas, framerate);
    },
    clear() {
      context.transferFromImageBitmap(null);
    },
  };
}

/**
 * Scales an image up by two pixels in both directions if only one of them has changed. The SDK resizes its
 * output only if width *and* height change. Otherwise it would crop the image, or keep a strip of an old one,
 * for good.
 */
async function withNewShape(image: ImageBitmap, { width, height }: HTMLCanvasElement): Promise<ImageBitmap> {
  if (width === 0 || (image.width === width) === (image.height === height)) return image;
  return resize(image, image.width + 2, image.height + 2);
}
