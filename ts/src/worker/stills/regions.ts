import type { Size } from '../../shared/frame.js';

/** A rectangle of a photograph, in whole pixels. */
export interface Region extends Size {
  readonly left: number;
  readonly top: number;
}

/** Cells a side that a mask is looked at in: what is thinner than a cell is no person by itself. */
const CELLS = 64;
/** How much of a cell is person where it counts as one, 0 to 255. */
const THRESHOLD = 64;
/** What covers fewer cells is a mistake of the network's more often than a person. */
const MIN_CELLS = 16;
/** More people than this are not looked for in one photograph. */
const MAX_PEOPLE = 8;
/**
 * What is left around a person in each look at them, as shares of their longer side, the smallest first: the closer
 * look has more of the outline, the wider one more of where they are, and the mean of both is better than either.
 */
const MARGINS = [0.25, 0.5] as const;

/** The looks at one person: each has the one before in it. */
export type Looks = readonly [close: Region, wide: Region];

/**
 * Where the people of a photograph are, the largest first: the rectangles around what hangs together in a mask, with
 * some of the room around them. `mask` has the values 0 to 255 of any size, rows from the top.
 */
export function findPeople(mask: Uint8Array, size: Size, photo: Size): Looks[] {
  const cells = reduce(mask, size);
  const groups: number[][] = [];
  const seen = new Uint8Array(cells.length);
  for (const [cell, value] of cells.entries()) {
    if (value < THRESHOLD || seen[cell]) continue;
    groups.push(gather(cells, seen, cell));
  }
  return groups
    .filter(({ length }) => length >= MIN_CELLS)
    .sort((a, b) => b.length - a.length)
    .slice(0, MAX_PEOPLE)
    .map((group) => [around(group, photo, MARGINS[0]), around(group, photo, MARGINS[1])]);
}

/** The mean of a mask in each cell. */
function reduce(mask: Uint8Array, { width, height }: Size): Float64Array {
  const sums = new Float64Array(CELLS * CELLS);
  const counts = new Uint32Array(CELLS * CELLS);
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor((y * CELLS) / height) * CELLS;
    for (let x = 0; x < width; x += 1) {
      const cell = row + Math.floor((x * CELLS) / width);
      sums[cell] = (sums[cell] ?? 0) + (mask[y * width + x] ?? 0);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  return sums.map((sum, cell) => sum / Math.max(1, counts[cell] ?? 0));
}

/** The cells that hang together with one, diagonals included. */
function gather(cells: Float64Array, seen: Uint8Array, first: number): number[] {
  const group = [first];
  seen[first] = 1;
  for (const cell of group) {
    const [x, y] = [cell % CELLS, Math.floor(cell / CELLS)];
    for (let row = Math.max(0, y - 1); row <= Math.min(CELLS - 1, y + 1); row += 1) {
      for (let column = Math.max(0, x - 1); column <= Math.min(CELLS - 1, x + 1); column += 1) {
        const next = row * CELLS + column;
        if (seen[next] || (cells[next] ?? 0) < THRESHOLD) continue;
        seen[next] = 1;
        group.push(next);
      }
    }
  }
  return group;
}

function around(group: readonly number[], { width, height }: Size, share: number): Region {
  const columns = group.map((cell) => cell % CELLS);
  const rows = group.map((cell) => Math.floor(cell / CELLS));
  const [left, right] = [Math.min(...columns) / CELLS, (Math.max(...columns) + 1) / CELLS];
  const [top, bottom] = [Math.min(...rows) / CELLS, (Math.max(...rows) + 1) / CELLS];
  const margin = share * Math.max((right - left) * width, (bottom - top) * height);
  const x = Math.max(0, Math.floor(left * width - margin));
  const y = Math.max(0, Math.floor(top * height - margin));
  return {
    left: x,
    top: y,
    width: Math.min(width, Math.ceil(right * width + margin)) - x,
    height: Math.min(height, Math.ceil(bottom * height + margin)) - y,
  };
}
