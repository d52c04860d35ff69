/** Conversion of model outputs to masks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personProbability } from './person.mjs';

test('a probability is not changed', () => {
  const values = Float32Array.of(0, 0.25, 0.5, 1);
  assert.deepEqual(personProbability(values, 2, 2), { width: 2, height: 2, probability: values });
});

test('logits of background and person become the probability of the person', () => {
  const { probability } = personProbability(Float32Array.of(0, 0, 2, -2), 2, 1);
  assert.deepEqual([...probability], [0.5, Math.fround(1 / (1 + Math.exp(4)))]);
});

test('of 21 classes the sixteenth is the person, however large the logits are', () => {
  const values = new Float32Array(21 * 2).fill(900);
  values[21 + 15] = 1000;
  const { width, height, probability } = personProbability(values, 2, 1);
  assert.deepEqual([width, height, probability[0], probability[1]], [2, 1, Math.fround(1 / 21), 1]);
});

test('a smaller square of logits is a mask of its own size', () => {
  const { width, height, probability } = personProbability(new Float32Array(9), 20, 20);
  assert.deepEqual([width, height, [...probability]], [3, 3, Array(9).fill(0.5)]);
});

test('an output that is not a mask is refused', () => {
  assert.throws(() => personProbability(new Float32Array(10), 3, 3), /10 values is not a mask of 3x3/);
});
