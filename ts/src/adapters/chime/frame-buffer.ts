import type { VideoFrameBuffer } from 'amazon-chime-sdk-js';
import { resize } from '../../page/image-source.js';
import { CycloramaError } from '../../shared/errors.js';

/** The SDK's view of a canvas that a processor draws its results on. */
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

  /** A buffer without a pixel, which the SDK does not draw. */
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
    if (!this.#canvas) throw new CycloramaError('destroyed', 'the video frame buffer is destroyed');
    return this.#canvas;
  }

  asCanvasElement(): HTMLCanvasElement | null {
    return this.#canvas;
  }
}

/** The one canvas that shows a processor's results, each in place of the one before. */
export interface ResultCanvas {
  /** Takes the picture over: it is closed. */
  show(image: ImageBitmap, framerate: number): Promise<CanvasBuffer>;
  /** Lets go of the last picture. */
  clear(): void;
}

/**
 * A canvas rather than the bitmap itself, so that nothing of a frame is left to be closed by a pipeline that knows
 * nothing of closing, and processors that want a canvas can follow.
 *
 * @throws {CycloramaError} `unsupported` outside a page, or where canvases have no such context
 */
export function createResultCanvas(): ResultCanvas {
  const canvas = globalThis.document?.createElement('canvas');
  const context = canvas?.getContext('bitmaprenderer');
  if (!canvas || !context) {
    throw new CycloramaError(
      'unsupported',
      "the SDK's pipeline needs a page whose canvases have a context of type bitmaprenderer",
    );
  }
  canvas.width = 0;
  canvas.height = 0;

  return {
    async show(image, framerate) {
      const picture = await withNewShape(image, canvas);
      if (canvas.width !== picture.width) canvas.width = picture.width;
      if (canvas.height !== picture.height) canvas.height = picture.height;
      context.transferFromImageBitmap(picture);
      return new CanvasBuffer(canvas, framerate);
    },
    clear() {
      context.transferFromImageBitmap(null);
    },
  };
}

/**
 * The SDK resizes its output only when width *and* height change; when one alone does, it would cut the picture off,
 * or leave a strip of an old one, for good. One frame that is two pixels larger both ways leads from one shape to the
 * other.
 */
async function withNewShape(image: ImageBitmap, { width, height }: HTMLCanvasElement): Promise<ImageBitmap> {
  if (width === 0 || (image.width === width) === (image.height === height)) return image;
  return resize(image, image.width + 2, image.height + 2);
}
