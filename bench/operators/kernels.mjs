/** Finds the operator of a recorded shader, and the work of one dispatch of it. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { sum } from '../statistics.mjs';

/**
 * @typedef {object} Kernel
 * @property {string} name
 * @property {Set<string>} words in its code.
 * @property {Set<string>} common words that every shader rendered from it has.
 */

/**
 * Reads all WGSL files below a folder. A kernel is named after its path: `conv2d/kernel.wgsl` is `conv2d`.
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
      const text = await readFile(file, 'utf8');
      return { name: name.split(sep).join('/'), words: wordsOf(text), common: wordsOf(commonPart(text)) };
    }),
  );
}

/**
 * The name of the kernel that a shader was rendered from, or undefined if none is similar enough. A shader is not its
 * kernel's file word for word (see rust/segmentation/src/ops/kernel.rs). The similarity is the fraction of the kernel's
 * words in the shader, times the fraction of the shader's words in the kernel. Rare words weigh more.
 *
 * @param {string} code
 * @param {Kernel[]} kernels
 */
export function operatorOf(code, kernels) {
  const weightOf = (word) => 1 / kernels.filter(({ words }) => words.has(word)).length ** 2;
  const fractionOf = (words, among) =>
    sum(words.filter((word) => among.has(word)).map(weightOf)) / sum(words.map(weightOf));
  const found = wordsOf(code);
  // Words that rendering added are in no kernel.
  const known = [...found].filter((word) => kernels.some(({ words }) => words.has(word)));
  const similarities = kernels.map(({ name, words, common }) => {
    return {
      name,
      similarity: known.length > 0 ? fractionOf([...common], found) * fractionOf(known, words) : 0,
    };
  });
  const [best] = similarities.sort((a, b) => b.similarity - a.similarity);
  return best && best.similarity >= 0.25 ? best.name : undefined;
}

/** A kernel's file without its branches, and without names that differ for each iteration of a loop. */
function commonPart(text) {
  const open = [];
  const lines = text.split('\n').filter((line) => {
    const [, directive] = /^\s*\/\/: (if|for|end)\b/.exec(line) ?? [];
    if (directive === 'end') open.pop();
    else if (directive) open.push(directive);
    return !open.includes('if');
  });
  return lines.join('\n').replaceAll(/\w*\$[\w$]*/g, '');
}

function wordsOf(text) {
  return new Set(text.replaceAll(/\/\/.*$/gm, '').match(/[a-z]\w*/gi));
}

/** The constants of a shader, `const NAME = 12u;`. */
export function constantsOf(code) {
  return Object.fromEntries(
    [...code.matchAll(/^const (\w+)(?:: u32)? = (\d+)u;$/gm)].map(([, name, value]) => [name, Number(value)]),
  );
}

/** Number of values that each buffer of the first bind group holds, by its name in the shader. */
export function lengthsOf(code, sizes) {
  const bindings = code.matchAll(/@group\(0\)\s*@binding\((\d+)\)\s*var<storage, \w+> (\w+)\s*:/g);
  return Object.fromEntries([...bindings].map(([, binding, name]) => [name, (sizes[0]?.[binding] ?? 0) / 4]));
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
const incidental = new Set(['THREADS', 'WORKGROUP']);

/** Lists the shader's constants. */
export function shapeOf(constants) {
  return Object.entries(constants)
    .filter(([name]) => !incidental.has(name))
    .map(([name, value]) => `${name.toLowerCase()} ${value}`)
    .join(', ');
}
