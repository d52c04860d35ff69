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

/**
 * @typedef {object} Model
 * @property {string} name
 * @property {string} path of the file below a page's base address.
 * @property {string} sha256
 * @property {number} width
 * @property {number} height
 * @property {'probability' | 'logits'} output what the file's own graph ends in.
 */

/**
 * @param {string[]} wanted names, short or as in models/manifest.json.
 * @returns {Promise<Model[]>}
 */
export async function findModels(wanted) {
  const { models } = JSON.parse(await readFile(join(root, 'models', 'manifest.json'), 'utf8'));
  return wanted.map((given) => {
    const name = shortNames[given] ?? given;
    const model = models.find((candidate) => candidate.name === name);
    if (!model) {
      throw new SetupError(
        `There is no model "${given}": take one of ${Object.keys(shortNames).join(', ')}.`,
      );
    }
    const { file, sha256, width, height, output } = model;
    return { name, path: `models/${file}`, sha256, width, height, output };
  });
}
