/** Golden data, read from disk. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../scripts/setup/paths.mjs';
import { personProbability } from './person.mjs';

/**
 * The probability of a person that LiteRT computed for a model (tests/golden).
 *
 * @param {import('./models.mjs').Model} model
 */
export async function expectedProbability(model) {
  const file = await readFile(join(root, 'tests', 'golden', `${model.name}__astronaut__out.npy`));
  const values = new Float32Array(new Uint8Array(file.subarray(10 + file.readUInt16LE(8))).buffer);
  return personProbability(values, model.width, model.height).probability;
}
