/** Tracks whose pictures carry a number, so that each is known again wherever it comes out. */
import { hearScripts } from '../../../ts/src/page/tracks/canvas-track.js';

const [COLUMNS, ROWS] = [4, 3];
/** A number after which counting starts anew. */
const NUMBERS = 2 ** (COLUMNS * ROWS);

/** What {@link readNumber} found. */
export interface Reading {
  number: number;
  /** Whether the picture was painted by {@link paintNumber} in the colours of one that was made of a frame. */
  made: boolean;
}

/** A track of numbered pictures, of a canvas. */
export interface NumberedSource {
  track: MediaStreamTrack;
  /** How many pictures there were; the last has this number less one. */
  readonly painted: number;
  /** Shows the next picture, in another size from now on if one is given. */
  step(width?: number, height?: number): void;
  /** Shows pictures, so many a second, also while the tab is hidden. */
  run(framesPerSecond: number): void;
  close(): void;
}

/** Shows nothing before the first step. */
export function createNumberedSource(width = 320, height = 180): NumberedSource {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = contextOf(canvas);
  const stream = canvas.captureStream(0);
  const [track] = stream.getVideoTracks();
  if (!track) throw new Error('the canvas gave no track');
  hearScripts(track);
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

/** Calls every so many milliseconds, also while the tab is hidden. */
export function startTimer(interval: number, call: () => void): Worker {
  const timer = new Worker(new URL('../../../ts/src/page/tracks/timer-worker.ts', import.meta.url), {
    type: 'module',
  });
  timer.addEventListener('message', call);
  timer.postMessage(interval);
  return timer;
}

/** Fills a canvas with a number: white for ones and black for noughts, or yellow and blue for what was made of them. */
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

/** Reads the number of a picture that {@link paintNumber} painted, whatever a video codec left of it. */
export function readNumber(picture: CanvasImageSource): Reading {
  const { width, height } = reader.canvas;
  reader.drawImage(picture, 0, 0, width, height);
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

/** A picture with the number of another, in the colours of one that was made. */
export function makeNumbered(picture: ImageBitmap): { image: ImageBitmap; number: number } {
  const { number } = readNumber(picture);
  const canvas = new OffscreenCanvas(picture.width, picture.height);
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
