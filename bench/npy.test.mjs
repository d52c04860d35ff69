/** Outputs of the networks as probabilities. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findModels } from './models.mjs';
import { expectedProbability, personProbability } from './npy.mjs';

test('logits of background and person become a probability, a probability stays what it is', () => {
  assert.deepEqual([...personProbability([0, 0, 1, 1], 2)], [0.5, 0.5]);
  assert.ok(personProbability([-20, 20], 1)[0] > 0.999);
  assert.deepEqual(personProbability([0.25, 0.75], 2), [0.25, 0.75]);
});

test('golden outputs are probabilities, one for each pixel', async () => {
  const models = await findModels(['landscape', 'meet-lite']);
  for (const model of models) {
    const values = await expectedProbability(model);
    assert.equal(values.length, model.width * model.height);
    assert.ok(values.every((value) => value >= 0 && value <= 1));
    assert.ok(
      values.some((value) => value > 0.9) && values.some((value) => value < 0.1),
      'a person before a background',
    );
  }
});
