/** Which operator a recorded shader belongs to, and what one dispatch of it computes and moves. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

/**
 * @typedef {object} Kernel
 * @property {string} name
 * @property {Set<string>} lines of code that are in every shader made from the file.
 */

/**
 * Reads all WGSL files below a folder. A kernel is named after its place: `gate/kernel.wgsl` is `gate`.
 *
 * @param {string} folder
 * @returns {Promise<Kernel[]>}
 */
export async function readKernels(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.wgsl'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Promise.all(
    files.map(async (file) => {
      const path = relative(folder, file);
      const name = basename(file) === 'kernel.wgsl' ? dirname(path) : path.replace(/\.wgsl$/, '');
      return { name: name.split(sep).join('/'), lines: codeLines(alwaysThere(await readFile(file, 'utf8'))) };
    }),
  );
}

/** The kernel whose file shares most lines with the shader, by name; undefined where none shares half of its own. */
export function operatorOf(code, kernels) {
  const found = codeLines(code);
  const shares = kernels.map(({ name, lines }) => {
    const shared = [...lines].filter((line) => found.has(line)).length;
    return { name, share: shared / lines.size };
  });
  const best = shares.sort((a, b) => b.share - a.share)[0];
  return best && best.share >= 0.5 ? best.name : undefined;
}

/** A kernel's file without the lines that depend on its bindings or are repeated: see rust/segmentation/src/ops/kernel.rs. */
function alwaysThere(text) {
  return text
    .replaceAll(/^\s*\/\/\? if .*$[\s\S]*?^\s*\/\/\? end$/gm, '')
    .replaceAll(/^.*(_EACH|\/\/\? ).*$/gm, '');
}

function codeLines(text) {
  const lines = text.split('\n').map((line) => line.split('//')[0].trim());
  return new Set(lines.filter((line) => line.length > 3));
}

/** The constants of a shader, `const NAME = 12u;`. */
export function constantsOf(code) {
  return Object.fromEntries(
    [...code.matchAll(/^const (\w+) = (\d+)u;$/gm)].map(([, name, value]) => [name, Number(value)]),
  );
}

/** Number of values that each buffer of the first bind group holds, by its name in the shader. */
export function lengthsOf(code, sizes) {
  const bindings = code.matchAll(/@group\(0\) @binding\((\d+)\)\s*var<storage, \w+> (\w+):/g);
  return Object.fromEntries([...bindings].map(([, binding, name]) => [name, (sizes[0]?.[binding] ?? 0) / 4]));
}

/**
 * Multiply-adds of one dispatch, from the sizes of its buffers: every weight meets every pixel of the output. Undefined for
 * operators without weights.
 */
export function multiplyAdds(constants, { output, input, weight, bias, squeeze_weight, excite_weight }) {
  if (squeeze_weight && excite_weight) return squeeze_weight + excite_weight;
  if (!weight || !bias) return undefined;
  // A stride-2 transposed convolution meets the pixels of its input instead.
  if (constants.CHANNELS_OUT) return (input / (4 * constants.IN_GROUPS)) * weight;
  return (output / bias) * weight;
}

/** Constants that say nothing about the operator's shape. */
const incidental = new Set(['THREADS', 'WORKGROUP']);

/** The shader's constants in words. */
export function shapeOf(constants) {
  return Object.entries(constants)
    .filter(([name]) => !incidental.has(name))
    .map(([name, value]) => `${name.toLowerCase()} ${value}`)
    .join(', ');
}
