/** Golden data. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findModels } from './models.mjs';
import { expectedProbability } from './npy.mjs';

test('golden outputs have one probability for each pixel', async () => {
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
