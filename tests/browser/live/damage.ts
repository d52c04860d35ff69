/**
 * Model files that import without an error and compute nonsense. Float16 weights are stored uncompressed in the file, so writing
 * over them is enough. The importer refuses weights that are not finite, so these are finite.
 */

/** The greatest float16, 65504, and the least. */
const [MAX, MIN] = [0x7bff, 0xfbff];
/** Where the last layer of `selfie_segmentation_landscape.tflite` has its bias and its weights, in bytes. */
const HEAD = { bias: [1008, 1010], weights: [1024, 1152] } as const;
/** Shorter constants are shapes and stay unchanged, in bytes. */
const SHAPE = 16;
/** The field of a TensorFlow Lite model that holds its buffers. */
const BUFFERS = 4;

/** A landscape model that classifies every pixel as person. */
export function allPerson(model: ArrayBuffer): ArrayBuffer {
  const damaged = model.slice();
  fill(damaged, HEAD.weights, () => 0);
  fill(damaged, HEAD.bias, () => MAX);
  return damaged;
}

/** A landscape model whose sums overflow to infinity minus infinity, which is NaN. */
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

/** Where the constants of a model are, in bytes, according to its FlatBuffer. */
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

/** The offset of a table's field, or 0 if the table lacks the field. */
function field(model: DataView, table: number, index: number): number {
  const shape = table - model.getInt32(table, true);
  const place = 4 + 2 * index;
  const offset = place < model.getUint16(shape, true) ? model.getUint16(shape + place, true) : 0;
  return offset === 0 ? 0 : table + offset;
}

function follow(model: DataView, place: number): number {
  return place + model.getUint32(place, true);
}
