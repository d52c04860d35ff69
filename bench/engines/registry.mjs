/** The engines, each with its variants: backend and number of threads. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from '../../scripts/setup/command.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { bench } from '../paths.mjs';

/**
 * @typedef {object} Variant
 * @property {string} engine
 * @property {'webgpu' | 'webgl' | 'cpu'} backend
 * @property {number} threads
 * @property {number} tolerance the largest allowed difference of a probability from the expected one.
 * @property {string} file the module in this folder that runs it.
 * @property {string | undefined} package name of the engine's npm package in bench/node_modules. Cyclorama has none.
 * @property {boolean} converted whether it reads a file that bench/convert writes.
 * @property {boolean} reads whether it reads `.tflite` files that have only built-in operators.
 * @property {boolean} evaluates whether it evaluates strings as code, which needs `unsafe-eval` in the page's policy.
 * @property {'f32' | 'f16'} precision of its arithmetic.
 * @property {boolean} reports whether it is known to send telemetry, which the benchmark blocks.
 */

const engines = {
  cyclorama: {
    file: 'cyclorama.js',
    variants: [
      ['webgpu', 1],
      ['cpu', 1],
    ],
  },
  'LiteRT.js': {
    file: 'litert.js',
    package: '@litertjs/core',
    reads: true,
    variants: [
      ['webgpu', 1],
      ['cpu', 1],
      ['cpu', 2],
    ],
  },
  'ONNX Runtime Web': {
    file: 'onnxruntime.js',
    package: 'onnxruntime-web',
    converted: true,
    variants: [
      ['webgpu', 1],
      ['cpu', 1],
      ['cpu', 2],
    ],
  },
  'TensorFlow.js': {
    file: 'tfjs.js',
    package: '@tensorflow/tfjs-core',
    converted: true,
    variants: [
      ['webgpu', 1],
      ['webgl', 1],
      ['cpu', 1],
      ['cpu', 2],
    ],
  },
  'tfjs-tflite': {
    file: 'tfjs-tflite.js',
    package: '@tensorflow/tfjs-tflite',
    converted: true,
    reads: true,
    evaluates: true,
    variants: [
      ['cpu', 1],
      ['cpu', 2],
    ],
  },
  'tasks-vision': {
    file: 'tasks-vision.js',
    package: '@mediapipe/tasks-vision',
    converted: true,
    reports: true,
    variants: [
      ['webgl', 1, { precision: 'f16', tolerance: 0.1 }],
      ['cpu', 1],
    ],
  },
};

/** Names for the command line: the module's file name without `.js`. */
export const engineNames = Object.values(engines).map(({ file }) => file.replace('.js', ''));

/** The title of a variant in reports. */
export const titleOf = ({ engine, backend, threads }) =>
  `${engine}, ${backend}${threads > 1 ? `, ${threads} threads` : ''}`;

/**
 * @param {string[]} wanted `NAME` or `NAME/BACKEND`. An empty list selects all.
 * @returns {Variant[]}
 */
export function findVariants(wanted) {
  const all = Object.entries(engines).flatMap(([engine, { variants, ...rest }]) =>
    variants.map(([backend, threads, differing]) => ({
      converted: false,
      reads: false,
      evaluates: false,
      reports: false,
      precision: 'f32',
      tolerance: 0.01,
      ...rest,
      engine,
      backend,
      threads,
      ...differing,
    })),
  );
  if (wanted.length === 0) return all;
  const chosen = wanted.flatMap((given) => {
    const [name, backend] = given.split('/');
    const found = all.filter(
      (variant) => variant.file === `${name}.js` && (!backend || variant.backend === backend),
    );
    if (found.length === 0) {
      throw new SetupError(
        `There is no engine "${given}": take one of ${engineNames.join(', ')}, or NAME/BACKEND.`,
      );
    }
    return found;
  });
  return all.filter((variant) => chosen.includes(variant));
}

/** The version of a variant's engine, from its package. */
export async function versionOf({ package: name }) {
  const folder = name ? join(bench, 'node_modules', name) : join(root, 'ts');
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).version;
}
