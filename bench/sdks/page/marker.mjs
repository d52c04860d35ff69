/**
 * The marker in the camera's frames. It shows the consumer the frame's number in the film, and whether the background is
 * blurred. The film, the consumer and the tests use this module.
 *
 * At the left edge, a column of ten cells: white, black, and the eight bits of the frame's number in Gray code, most
 * significant first. In the upper right corner, a checkerboard of fine squares, whose contrast only blur removes. All
 * lengths are pixels of a frame 720 pixels high.
 */
const CELL = 72;
const WIDTH = 96;
const SQUARE = 4;
const BITS = 8;

/** The largest number of frames that a film may have. */
export const MOST_FRAMES = 2 ** BITS;

/** Luma of white and black cells, in limited range. */
const WHITE = 235;
const BLACK = 16;

/** Minimum standard deviation of the checkerboard's luma in a raw frame. Sharp squares have 110. */
const RAW_CONTRAST = 70;
/** Minimum difference of the white and the black cell in a frame whose number is readable. */
const LEAST_SPAN = 40;
/** Minimum mean luma of the checkerboard in a processed frame. Placeholder frames are darker. */
const LEAST_MEAN = 20;

/**
 * The marker's rectangles in a frame: `x`, `y`, `width`, `height` and the luma of each pixel in it.
 *
 * @param {number} number of the frame in the film.
 * @param {{ width: number, height: number }} size of the frame.
 */
export function rectangles(number, { width, height }) {
  const scaled = (length) => Math.round((length * height) / 720);
  const gray = number ^ (number >> 1);
  const cells = [1, 0, ...Array.from({ length: BITS }, (_, bit) => (gray >> (BITS - 1 - bit)) & 1)];
  const column = cells.map((cell, index) => ({
    x: 0,
    y: scaled(index * CELL),
    width: scaled(WIDTH),
    height: scaled((index + 1) * CELL) - scaled(index * CELL),
    luma: () => (cell ? WHITE : BLACK),
  }));
  const square = Math.max(1, scaled(SQUARE));
  const side = scaled(WIDTH);
  const luma = (x, y) => ((Math.floor(x / square) + Math.floor(y / square)) % 2 ? WHITE : BLACK);
  return [...column, { x: width - side, y: 0, width: side, height: side, luma }];
}

/** The parts of a frame that {@link read} needs, with even coordinates, because chroma has half the resolution. */
export function samples({ x, y, width, height }) {
  const even = (length) => 2 * Math.round((length * height) / 720 / 2);
  return {
    column: { x: x + even(40), y, width: Math.max(2, even(16)), height: even(720) },
    board: { x: x + width - even(80), y: y + even(16), width: even(64), height: even(64) },
  };
}

/**
 * @typedef {object} Reading
 * @property {number | undefined} number of the frame in the film. Undefined if it is unreadable.
 * @property {'raw' | 'processed' | 'other'} kind `processed`: the background is blurred. `other`: the frame shows no camera.
 */

/**
 * Reads the marker.
 *
 * @param {{ width: number, height: number, at: (x: number, y: number) => number }} column luma of the sample.
 * @param {{ width: number, height: number, at: (x: number, y: number) => number }} board
 * @returns {Reading}
 */
export function read(column, board) {
  const levels = Array.from({ length: BITS + 2 }, (_, cell) => cellLevel(column, cell));
  const [white, black, ...bits] = levels;
  const isReadable = white - black > LEAST_SPAN;
  const gray = bits.reduce((code, level) => 2 * code + (level - black > (white - black) / 2 ? 1 : 0), 0);
  const { mean, deviation } = statistics(board);
  const isProcessed = isReadable && mean > LEAST_MEAN;
  return {
    number: isReadable ? fromGray(gray) : undefined,
    kind: deviation >= RAW_CONTRAST ? 'raw' : isProcessed ? 'processed' : 'other',
  };
}

/** The mean luma of a few rows in the middle of a cell. */
function cellLevel({ width, height, at }, cell) {
  const middle = Math.round(((cell + 0.5) * CELL * height) / 720);
  let sum = 0;
  for (let y = middle - 2; y <= middle + 2; y++) {
    for (let x = 0; x < width; x++) sum += at(x, Math.min(height - 1, y));
  }
  return sum / (5 * width);
}

function statistics({ width, height, at }) {
  let sum = 0;
  let squares = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const luma = at(x, y);
      sum += luma;
      squares += luma * luma;
    }
  }
  const mean = sum / (width * height);
  return { mean, deviation: Math.sqrt(Math.max(0, squares / (width * height) - mean * mean)) };
}

function fromGray(gray) {
  let number = gray;
  for (let shifted = gray >> 1; shifted; shifted >>= 1) number ^= shifted;
  return number;
}
