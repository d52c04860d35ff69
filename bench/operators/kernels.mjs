/** What the source of a recorded shader says about one dispatch of it. */

/** The constants of a shader, `const NAME = 12u;`. */
export function constantsOf(code) {
  return Object.fromEntries(
    [...code.matchAll(/^const (\w+)(?:: u32)? = (\d+)u;$/gm)].map(([, name, value]) => [name, Number(value)]),
  );
}

/** Number of values in each tensor, by its name in the shader. The bound buffer may be larger: maps share buffers. */
export function lengthsOf(code) {
  const tensors = code.matchAll(/var<storage, \w+> (\w+): array<(\w+), (\d+)>/g);
  return Object.fromEntries(
    [...tensors].map(([, name, type, length]) => [name, length * (type.startsWith('vec4') ? 4 : 1)]),
  );
}

/**
 * Multiply-adds of one dispatch, from the sizes of its buffers. Undefined for operators without weights.
 *
 * @param {string} operator
 * @param {Record<string, number>} lengths of the buffers.
 * @param {{ width: number, height: number }} model
 */
export function multiplyAdds(operator, lengths, { width, height }) {
  const { output, weight, bias, squeeze_weight, excite_weight } = lengths;
  if (squeeze_weight && excite_weight) return squeeze_weight + excite_weight;
  if (!weight || !bias) return undefined;
  // Every weight is applied at every output pixel. conv_transpose2d, whose output is twice as large, at every input pixel.
  const pixels = operator === 'conv_transpose2d' ? (width * height) / 4 : output / bias;
  return pixels * weight;
}

/** Constants that do not describe the operator's shape. */
const incidental = new Set([
  'THREADS',
  'WORKGROUP',
  'WORKGROUPS_ACROSS',
  'THREADS_PER_WORKGROUP',
  'HAS_SPARE_THREADS',
  'HAS_LANES',
  'SHARED_SUMS',
]);

/** Lists the shader's constants. */
export function shapeOf(constants) {
  return Object.entries(constants)
    .filter(([name]) => !incidental.has(name))
    .map(([name, value]) => `${name.toLowerCase()} ${value}`)
    .join(', ');
}
