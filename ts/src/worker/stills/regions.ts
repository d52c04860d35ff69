import type { Size } from '../../shared/frame.js';

/** A rectangle of an image, in whole pixels. */
export interface Region extends Size {
  readonly left: number;
  readonly top: number;
}

/** Cells per side of the grid in which connected regions are found. A structure thinner than a cell does not count as a person. */
const CELLS = 64;
/** Mean mask value above which a cell belongs to a person, 0 to 255. */
const THRESHOLD = 64;
/** Minimum number of cells of a person. Smaller regions are usually errors of the model. */
const MIN_CELLS = 16;
/** Maximum number of people in one photo. */
const MAX_PEOPLE = 8;
/**
 * Margins of the two crops around each person, as fractions of the longer side. The closer crop shows more of the outline, the
 * wider one more of the surroundings. The mean of both masks is better than either.
 */
const MARGINS = [0.25, 0.5] as const;

/** The two crops around one person. The wide one contains the close one. */
export type Crops = readonly [close: Region, wide: Region];

/**
 * Finds the people in an image, the largest first: the bounding boxes of connected regions of a mask, with margins. `mask` has
 * values of 0 to 255 and any size, with rows from the top.
 */
export function findPeople(mask: Uint8Array, size: Size, imageSize: Size): Crops[] {
  const cells = toCells(mask, size);
  const groups: number[][] = [];
  const seen = new Uint8Array(cells.length);
  for (const [cell, value] of cells.entries()) {
    if (value < THRESHOLD || seen[cell]) continue;
    groups.push(connected(cells, seen, cell));
  }
  return groups
    .filter(({ length }) => length >= MIN_CELLS)
    .sort((a, b) => b.length - a.length)
    .slice(0, MAX_PEOPLE)
    .map((group) => [crop(group, imageSize, MARGINS[0]), crop(group, imageSize, MARGINS[1])]);
}

/** The mean of the mask in each cell. */
function toCells(mask: Uint8Array, { width, height }: Size): Float64Array {
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

/** The connected component of a cell, including diagonal neighbors. */
function connected(cells: Float64Array, seen: Uint8Array, first: number): number[] {
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

function crop(group: readonly number[], { width, height }: Size, marginFraction: number): Region {
  const columns = group.map((cell) => cell % CELLS);
  const rows = group.map((cell) => Math.floor(cell / CELLS));
  const [left, right] = [Math.min(...columns) / CELLS, (Math.max(...columns) + 1) / CELLS];
  const [top, bottom] = [Math.min(...rows) / CELLS, (Math.max(...rows) + 1) / CELLS];
  const margin = marginFraction * Math.max((right - left) * width, (bottom - top) * height);
  const x = Math.max(0, Math.floor(left * width - margin));
  const y = Math.max(0, Math.floor(top * height - margin));
  return {
    left: x,
    top: y,
    width: Math.min(width, Math.ceil(right * width + margin)) - x,
    height: Math.min(height, Math.ceil(bottom * height + margin)) - y,
  };
}
