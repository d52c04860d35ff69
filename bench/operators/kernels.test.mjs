/** Analysis of recorded shaders. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constantsOf, lengthsOf, multiplyAdds, shapeOf } from './kernels.mjs';

const shader = `
@group(0) @binding(0) var<storage, read_write> input: array<vec4f, 100>;
@group(0) @binding(1) var<storage, read_write> weight: array<vec4f, 64>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32, 16>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4h, 400>;
const PIXELS = 100u;
const THREADS = 400u;
fn main() { let x = 3u; }`;

test('constants and buffers are read from the source', () => {
  assert.deepEqual(constantsOf(shader), { PIXELS: 100, THREADS: 400 });
  assert.equal(shapeOf(constantsOf(shader)), 'pixels 100');
  assert.deepEqual(lengthsOf(shader), {
    input: 400,
    weight: 256,
    bias: 16,
    output: 1600,
  });
});

test('every weight is applied at every pixel', () => {
  const model = { width: 20, height: 20 };
  assert.equal(multiplyAdds('pointwise', { output: 1600, weight: 256, bias: 16 }, model), 25_600);
  assert.equal(multiplyAdds('conv_transpose2d', { output: 400, weight: 64, bias: 1 }, model), 6_400);
  assert.equal(
    multiplyAdds('squeeze_excite', { squeeze_weight: 32, excite_weight: 32, output: 16 }, model),
    64,
  );
  assert.equal(multiplyAdds('avg_pool2d', { input: 1600, output: 16 }, model), undefined);
});
