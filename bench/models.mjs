/** The models that can be benchmarked. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from '../scripts/setup/command.mjs';
import { root } from '../scripts/setup/paths.mjs';

/** Short names for the command line. */
export const shortNames = {
  landscape: 'selfie_segmentation_landscape',
  general: 'selfie_segmentation',
  'meet-full': 'segm_full_v679',
  'meet-lite': 'segm_lite_v681',
  'meet-128': 'segm_lite_v509',
};

/** Short names of the models with only built-in operators of TensorFlow Lite. */
const builtinNames = { 'body-pix': 'body-pix-float-050-8', deeplab: 'deeplabv3_257_mv_gpu' };

/** Short names of all models. */
export const allNames = [...Object.keys(shortNames), ...Object.keys(builtinNames)];

/** Millions of multiply-adds of one inference: convolutions, depthwise convolutions and fully connected layers. */
const multiplyAdds = {
  selfie_segmentation_landscape: 33.32,
  selfie_segmentation: 59.22,
  segm_full_v679: 33.46,
  segm_lite_v681: 14.01,
  segm_lite_v509: 15.6,
};

/**
 * @typedef {object} Model
 * @property {string} name
 * @property {string} path of the file below a page's base URL.
 * @property {string} rewrittenPath of the file without MediaPipe's custom operators.
 * @property {string} taskPath of the file with the metadata that MediaPipe's tasks require.
 * @property {string} onnxPath
 * @property {string} graphPath of the graph model for TensorFlow.js.
 * @property {number} width
 * @property {number} height
 * @property {'probability' | 'logits'} output the kind of the graph's output.
 * @property {number} multiplyAdds of one inference.
 */

async function readManifest() {
  return JSON.parse(await readFile(join(root, 'models', 'manifest.json'), 'utf8')).models;
}

/**
 * Full names of models in the manifest.
 *
 * @param {string[]} wanted names, short or as in models/manifest.json.
 * @returns {Promise<string[]>}
 */
export async function findNames(wanted) {
  const known = new Set((await readManifest()).map(({ name }) => name));
  return wanted.map((given) => {
    const name = shortNames[given] ?? builtinNames[given] ?? given;
    if (!known.has(name)) {
      throw new SetupError(`There is no model "${given}": take one of ${allNames.join(', ')}.`);
    }
    return name;
  });
}

/**
 * @typedef {object} BuiltinModel
 * @property {string} name
 * @property {string} path of the file below a page's base URL.
 * @property {number} width
 * @property {number} height
 */

/**
 * The models with only built-in operators, which every engine for `.tflite` files reads unmodified.
 *
 * @returns {Promise<BuiltinModel[]>}
 */
export async function findBuiltinModels() {
  const names = Object.values(builtinNames);
  return (await readManifest())
    .filter(({ name }) => names.includes(name))
    .map(({ name, file, width, height }) => ({ name, path: `models/${file}`, width, height }));
}

/**
 * The models that are available in the formats of all engines.
 *
 * @param {string[]} wanted names, short or as in models/manifest.json.
 * @returns {Promise<Model[]>}
 */
export async function findModels(wanted) {
  const models = await readManifest();
  return wanted.map((given) => {
    const name = shortNames[given] ?? given;
    const model = models.find((candidate) => candidate.name === name && name in multiplyAdds);
    if (!model) {
      throw new SetupError(
        `There is no model "${given}": take one of ${Object.keys(shortNames).join(', ')}.`,
      );
    }
    const { file, width, height, output } = model;
    return {
      name,
      path: `models/${file}`,
      rewrittenPath: `converted/${file}`,
      taskPath: `converted/${name}.task.tflite`,
      onnxPath: `converted/${name}.onnx`,
      graphPath: `converted/${name}/model.json`,
      width,
      height,
      output,
      multiplyAdds: 1e6 * multiplyAdds[name],
    };
  });
}
