/**
 * Model files that import without a complaint and compute nonsense. As float16 weights lie in the file as they are, writing
 * over them is all that it takes; the importer refuses weights that are not finite, so these are.
 */

/** The greatest float16, 65504, and the least. */
const [MAX, MIN] = [0x7bff, 0xfbff];
/** Where the last layer of `selfie_segmentation_landscape.tflite` has its bias and its weights, in bytes. */
const HEAD = { bias: [1008, 1010], weights: [1024, 1152] } as const;
/** Shorter constants are shapes, which are to stay as they are, in bytes. */
const SHAPE = 16;
/** Which field of a TensorFlow Lite model holds its buffers. */
const BUFFERS = 4;

/** A landscape model that takes every pixel of every picture for the person. */
export function allPerson(model: ArrayBuffer): ArrayBuffer {
  const damaged = model.slice();
  fill(damaged, HEAD.weights, () => 0);
  fill(damaged, HEAD.bias, () => MAX);
  return damaged;
}

/** A landscape model whose sums overflow until infinity is taken from infinity, which is no number. */
export function noNumbers(model: ArrayBuffer): ArrayBuffer {
  const damaged = model.slice();
  for (const [start, end] of buffers(new DataView(damaged))) {
    if (end - start > SHAPE) fill(damaged, [start, end], () => MAX);
  }
  fill(damaged, HEAD.weights, (index) => (index % 2 === 0 ? MAX : MIN));
  return damaged;
}

function fill(
  model: ArrayBuffer,
  [start, end]: readonly [number, number],
  value: (index: number) => number,
): void {
  const halves = new Uint16Array(model, start, (end - start) >> 1);
  for (const index of halves.keys()) halves[index] = value(index);
}

/** Where the constants of a model lie, in bytes, as its FlatBuffer says. */
function* buffers(model: DataView): Generator<[start: number, end: number]> {
  const root = model.getUint32(0, true);
  const vector = follow(model, field(model, root, BUFFERS));
  for (let index = 0; index < model.getUint32(vector, true); index += 1) {
    const data = field(model, follow(model, vector + 4 + 4 * index), 0);
    if (data === 0) continue;
    const start = follow(model, data) + 4;
    yield [start, start + model.getUint32(start - 4, true)];
  }
}

/** Where a table has a field; 0 where it has it not. */
function field(model: DataView, table: number, index: number): number {
  const shape = table - model.getInt32(table, true);
  const place = 4 + 2 * index;
  const offset = place < model.getUint16(shape, true) ? model.getUint16(shape + place, true) : 0;
  return offset === 0 ? 0 : table + offset;
}

function follow(model: DataView, place: number): number {
  return place + model.getUint32(place, true);
}
