import type { VideoFrameBuffer, VideoFrameProcessor } from 'amazon-chime-sdk-js';

/** The side of a square, in pixels. */
const SIDE = 32;

/** Draws transparent frames over a checkerboard, as image editors do. It is the second stage of the SDK's pipeline. */
export class Checkerboard implements VideoFrameProcessor {
  /** While false, frames pass unchanged. */
  enabled = false;
  readonly #canvas = document.createElement('canvas');
  readonly #context = this.#canvas.getContext('2d', { alpha: false });

  async process(buffers: VideoFrameBuffer[]): Promise<VideoFrameBuffer[]> {
    const input = buffers[0];
    const image = this.enabled && input?.width ? await input.asCanvasImageSource().catch(() => null) : null;
    if (!image || !input || !this.#context) return buffers;
    const { width, height } = input;
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    this.#drawSquares(this.#context, width, height);
    this.#context.drawImage(image, 0, 0);
    return [
      {
        framerate: input.framerate,
        width,
        height,
        destroy: () => input.destroy(),
        asCanvasImageSource: async () => this.#canvas,
        asCanvasElement: () => this.#canvas,
      },
    ];
  }

  async destroy(): Promise<void> {
    this.enabled = false;
  }

  #drawSquares(context: CanvasRenderingContext2D, width: number, height: number): void {
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, width, height);
    context.fillStyle = '#c9ced6';
    for (let y = 0; y < height; y += SIDE) {
      for (let x = (y / SIDE) % 2 ? SIDE : 0; x < width; x += 2 * SIDE) context.fillRect(x, y, SIDE, SIDE);
    }
  }
}
