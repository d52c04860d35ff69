/**
 * Frames without a browser: a `VideoFrame` of bytes in memory, and a canvas that is not shown. So the work of a browser is not
 * measured: decoding a camera's frame, importing it as an external texture, and showing the canvas.
 * Frames are imported by a copy to memory and `writeTexture`.
 */
import { globals } from 'webgpu';

/** A browser makes and destroys the texture of a canvas, so that these calls must not count as ones of the module. */
const { createTexture } = globals.GPUDevice.prototype;
const { destroy } = globals.GPUTexture.prototype;

/** The probe of the module: planes of two known colors, whose conversion it compares with drawn ones. */
const PROBE = [
  [255, 0, 0, 255],
  [0, 0, 255, 255],
];

/** RGBA bytes that claim to be I420, as cameras' frames are: the module draws RGBA frames before it imports them. */
export class VideoFrame {
  /**
   * @param {Uint8Array | VideoFrame} source RGBA, rows from the top; ignored if `init.format` is set.
   * @param {{ codedWidth: number, codedHeight: number, timestamp?: number, format?: string }} init
   */
  constructor(source, init = {}) {
    const { data, codedWidth, codedHeight } =
      source instanceof VideoFrame ? source : { data: source, ...init };
    this.data = init.format ? probe(codedWidth, codedHeight) : data;
    this.codedWidth = this.displayWidth = codedWidth;
    this.codedHeight = this.displayHeight = codedHeight;
    this.timestamp = init.timestamp ?? 0;
    this.format = 'I420';
    this.rotation = 0;
    this.visibleRect = { x: 0, y: 0, width: codedWidth, height: codedHeight };
  }

  allocationSize() {
    return this.data.byteLength;
  }

  async copyTo(target) {
    target.set(this.data);
    return [{ offset: 0, stride: 4 * this.codedWidth }];
  }

  close() {}
}

/** RGBA of the two colors, side by side. */
function probe(width, height) {
  return Uint8Array.from({ length: 4 * width * height }, (_, i) => {
    const column = (i >> 2) % width;
    return PROBE[Number(column >= width / 2)][i & 3];
  });
}

export class ImageBitmap {
  /** @param {GPUTexture} texture */
  constructor(texture) {
    this.texture = texture;
    this.width = texture.width;
    this.height = texture.height;
  }

  close() {
    destroy.call(this.texture);
  }
}

/** Stands in for GPUCanvasContext. */
export class CanvasContext {
  constructor(canvas) {
    this.canvas = canvas;
  }

  configure(configuration) {
    this.configuration = configuration;
    this.texture = undefined;
  }

  unconfigure() {
    this.configuration = undefined;
  }

  getConfiguration() {
    return this.configuration ?? null;
  }

  getCurrentTexture() {
    this.texture ??= this.#createTexture();
    return this.texture;
  }

  #createTexture() {
    const { device, format, usage = GPUTextureUsage.RENDER_ATTACHMENT } = this.configuration;
    const { width, height } = this.canvas;
    const descriptor = { size: [width, height], format, usage: usage | GPUTextureUsage.COPY_SRC };
    return createTexture.call(device, descriptor);
  }
}

/**
 * Reads as red, green and blue in turn. The module shows these colors once before its first frame, to verify that images
 * of a canvas are the latest ones, and reads them synchronously, which is impossible here.
 */
class Context2d {
  static #reads = 0;

  drawImage() {}

  getImageData(_x, _y, width, height) {
    const channel = Context2d.#reads++ % 3;
    const isSet = (i) => (i & 3) === channel || (i & 3) === 3;
    const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (isSet(i) ? 255 : 0));
    return { data };
  }
}

export class OffscreenCanvas extends EventTarget {
  constructor(width, height) {
    super();
    this.width = width;
    this.height = height;
  }

  getContext(kind) {
    if (kind === '2d') return new Context2d();
    if (kind !== 'webgpu') return null;
    this.context ??= new CanvasContext(this);
    return this.context;
  }

  transferToImageBitmap() {
    const { texture } = this.context;
    this.context.texture = undefined;
    return new ImageBitmap(texture);
  }
}

/**
 * Reads the RGBA bytes of a bitmap.
 *
 * @param {ImageBitmap} bitmap
 * @param {GPUDevice} device that made its texture.
 */
export async function readPixels({ texture, width, height }, device) {
  const bytesPerRow = Math.ceil((width * 4) / 256) * 256;
  const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
  const buffer = device.createBuffer({ size: bytesPerRow * height, usage });
  const encoder = device.createCommandEncoder();
  encoder.copyTextureToBuffer({ texture }, { buffer, bytesPerRow }, [width, height]);
  device.queue.submit([encoder.finish()]);
  await buffer.mapAsync(GPUMapMode.READ);
  const rows = new Uint8Array(buffer.getMappedRange());
  const bytes = new Uint8Array(width * height * 4);
  for (let row = 0; row < height; row++) {
    bytes.set(rows.subarray(row * bytesPerRow, row * bytesPerRow + width * 4), row * width * 4);
  }
  buffer.destroy();
  if (texture.format === 'bgra8unorm') {
    for (let i = 0; i < bytes.length; i += 4) [bytes[i], bytes[i + 2]] = [bytes[i + 2], bytes[i]];
  }
  return bytes;
}
