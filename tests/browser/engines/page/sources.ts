/** One camera's image as every kind of source that `processFrame` takes. */
import type { FrameSource } from '../../../../ts/src/index.ts';
import { HEIGHT, WIDTH } from './scenes.ts';

/** Makes each kind of source from a canvas. Rejects if the engine cannot make it. */
export const sources: Record<string, (canvas: HTMLCanvasElement) => FrameSource | Promise<FrameSource>> = {
  'a canvas': (canvas) => canvas,
  'an OffscreenCanvas': (canvas) => {
    const copy = new OffscreenCanvas(WIDTH, HEIGHT);
    copy.getContext('2d')?.drawImage(canvas, 0, 0);
    return copy;
  },
  'an ImageBitmap': (canvas) => createImageBitmap(canvas),
  'a VideoFrame of a canvas': (canvas) => new VideoFrame(canvas, { timestamp: 0 }),
  'a VideoFrame in RGBA': (canvas) => frameOf(bytesOf(canvas), 'RGBA'),
  'a VideoFrame in BGRA': (canvas) => {
    const bytes = bytesOf(canvas);
    for (let at = 0; at < bytes.length; at += 4) {
      [bytes[at], bytes[at + 2]] = [bytes[at + 2] ?? 0, bytes[at] ?? 0];
    }
    return frameOf(bytes, 'BGRA');
  },
  'a VideoFrame in I420': (canvas) => {
    const { brightness, colors } = planesOf(bytesOf(canvas));
    const [blue, red] = [0, 1].map((first) => colors.filter((_, index) => index % 2 === first));
    return frameOf(new Uint8Array([...brightness, ...(blue ?? []), ...(red ?? [])]), 'I420');
  },
  'a VideoFrame in NV12': (canvas) => {
    const { brightness, colors } = planesOf(bytesOf(canvas));
    return frameOf(new Uint8Array([...brightness, ...colors]), 'NV12');
  },
};

function bytesOf(canvas: HTMLCanvasElement): Uint8Array<ArrayBuffer> {
  const pixels = canvas.getContext('2d')?.getImageData(0, 0, WIDTH, HEIGHT);
  if (!pixels) throw new Error('the canvas has no 2D context');
  return new Uint8Array(pixels.data);
}

function frameOf(bytes: Uint8Array<ArrayBuffer>, format: VideoPixelFormat): VideoFrame {
  const init = { format, codedWidth: WIDTH, codedHeight: HEIGHT, timestamp: 0 };
  return new VideoFrame(
    bytes,
    format === 'RGBA' || format === 'BGRA' ? init : { ...init, colorSpace: BT_709 },
  );
}

/** Browsers assume different color spaces for a frame that names none. */
const BT_709: VideoColorSpaceInit = {
  matrix: 'bt709',
  primaries: 'bt709',
  transfer: 'iec61966-2-1',
  fullRange: false,
};

/** Luma for each pixel, and two chroma values for each four pixels, blue before red (BT.709, limited range). */
function planesOf(bytes: Uint8Array): { brightness: Uint8Array; colors: Uint8Array } {
  const brightness = new Uint8Array(WIDTH * HEIGHT);
  const colors = new Uint8Array((WIDTH * HEIGHT) / 2);
  for (let at = 0; at < brightness.length; at += 1) {
    const [red = 0, green = 0, blue = 0] = bytes.subarray(at * 4, at * 4 + 3);
    brightness[at] = 16.5 + 219 * ((0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255);
  }
  for (let y = 0; y < HEIGHT; y += 2) {
    for (let x = 0; x < WIDTH; x += 2) {
      const [red, green, blue] = [0, 1, 2].map((channel) => meanOfFour(bytes, x, y, channel)) as [
        number,
        number,
        number,
      ];
      const at = (y / 2) * WIDTH + x;
      const gray = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      colors[at] = 128.5 + (224 * (blue - gray)) / 1.8556 / 255;
      colors[at + 1] = 128.5 + (224 * (red - gray)) / 1.5748 / 255;
    }
  }
  return { brightness, colors };
}

function meanOfFour(bytes: Uint8Array, x: number, y: number, channel: number): number {
  let sum = 0;
  for (const [right, down] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const) {
    sum += bytes[((y + down) * WIDTH + x + right) * 4 + channel] ?? 0;
  }
  return sum / 4;
}
