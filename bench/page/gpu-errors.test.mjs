import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';

const script = readFileSync(new URL('gpu-errors.js', import.meta.url), 'utf8');

test('an error of a GPU device that no script handles becomes an error of the page', async () => {
  const reported = [];
  const device = new EventTarget();
  class GPUAdapter {
    async requestDevice(options) {
      return Object.assign(device, { options });
    }
  }
  runInNewContext(script, { GPUAdapter, Error, reportError: ({ message }) => reported.push(message) });
  const found = await new GPUAdapter().requestDevice('options');
  assert.equal(found.options, 'options');
  const error = { message: 'the pass is open' };
  device.dispatchEvent(Object.assign(new Event('uncapturederror'), { error }));
  assert.deepEqual(reported, ['WebGPU: the pass is open']);
});

test('pages without WebGPU are left alone', () => {
  runInNewContext(script, {});
});
