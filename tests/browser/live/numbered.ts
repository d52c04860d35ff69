/** Tracks whose frames carry a number, which identifies each frame wherever it comes out. */
import { receiveScriptEvents } from '../../../ts/src/page/tracks/canvas-track.js';

const [COLUMNS, ROWS] = [4, 3];
/** The number after which counting restarts. */
const NUMBERS = 2 ** (COLUMNS * ROWS);

/** The result of {@link readNumber}. */
export interface Reading {
  number: number;
  /** Whether {@link paintNumber} painted the image in the colors of a processed one. */
  made: boolean;
}

/** A canvas track of numbered images. */
export interface NumberedSource {
  track: MediaStreamTrack;
  /** How many images it has shown. The last one has this number minus one. */
  readonly painted: number;
  /** Shows the next image, in a new size from now on if one is given. */
  step(width?: number, height?: number): void;
  /** Shows images at a rate per second, also while the tab is hidden. */
  run(framesPerSecond: number): void;
  close(): void;
}

/** Creates a source that shows nothing before the first step. */
export function createNumberedSource(width = 320, height = 180): NumberedSource {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = contextOf(canvas);
  const stream = canvas.captureStream(0);
  const [track] = stream.getVideoTracks();
  if (!track) throw new Error('the canvas gave no track');
  receiveScriptEvents(track);
  const capture = ('requestFrame' in track ? track : stream) as CanvasCaptureMediaStreamTrack;
  let painted = 0;
  let timer: Worker | undefined;
  const step = (width = canvas.width, height = canvas.height) => {
    Object.assign(canvas, { width, height });
    paintNumber(context, painted, false);
    painted += 1;
    capture.requestFrame();
  };
  return {
    track,
    get painted() {
      return painted;
    },
    step,
    run(framesPerSecond) {
      timer ??= startTimer(1000 / framesPerSecond, () => step());
    },
    close() {
      timer?.terminate();
      track.stop();
    },
  };
}

/** Calls a function at an interval in milliseconds, also while the tab is hidden. */
export function startTimer(interval: number, call: () => void): Worker {
  const timer = new Worker(new URL('../../../ts/src/page/tracks/timer-worker.ts', import.meta.url), {
    type: 'module',
  });
  timer.addEventListener('message', call);
  timer.postMessage(interval);
  return timer;
}

/** Fills a canvas with a number: white for ones and black for zeros, or yellow and blue for processed images. */
export function paintNumber(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  number: number,
  made: boolean,
): void {
  const [one, nought] = made ? ['#ffff00', '#0000ff'] : ['#ffffff', '#000000'];
  const [width, height] = [context.canvas.width / COLUMNS, context.canvas.height / ROWS];
  for (let bit = 0; bit < COLUMNS * ROWS; bit += 1) {
    context.fillStyle = (number % NUMBERS) & (1 << bit) ? one : nought;
    context.fillRect((bit % COLUMNS) * width, Math.floor(bit / COLUMNS) * height, width, height);
  }
}

const reader = contextOf(
  Object.assign(document.createElement('canvas'), { width: COLUMNS * 8, height: ROWS * 8 }),
);

/** Reads the number that {@link paintNumber} painted, also after a video codec. */
export function readNumber(image: CanvasImageSource): Reading {
  const { width, height } = reader.canvas;
  reader.drawImage(image, 0, 0, width, height);
  const { data } = reader.getImageData(0, 0, width, height);
  let number = 0;
  let made = 0;
  for (let bit = 0; bit < COLUMNS * ROWS; bit += 1) {
    const [x, y] = [(bit % COLUMNS) * 8 + 4, Math.floor(bit / COLUMNS) * 8 + 4];
    const [red = 0, , blue = 0] = data.subarray((y * width + x) * 4);
    if (red > 127) number |= 1 << bit;
    if (red > 127 !== blue > 127) made += 1;
  }
  return { number, made: made > (COLUMNS * ROWS) / 2 };
}

/** An image with the number of another one, in the colors of a processed image. */
export function makeNumbered(image: ImageBitmap): { image: ImageBitmap; number: number } {
  const { number } = readNumber(image);
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('there is no 2D context');
  paintNumber(context, number, true);
  return { image: canvas.transferToImageBitmap(), number };
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('there is no 2D context');
  return context;
}
