import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SetupError } from './command.mjs';
import { Preparation } from './prepare.mjs';

test('a resource is made once, after its dependencies, and passes on its variables', async () => {
  const made = [];
  const preparation = new Preparation({
    browser: {
      async make() {
        made.push('browser');
        return { CHROMIUM_PATH: '/c' };
      },
    },
    camera: {
      after: ['browser'],
      make(of) {
        made.push('camera');
        return { CAMERA: `${of('browser').CHROMIUM_PATH}/video` };
      },
    },
  });
  const [first, second] = await Promise.all([preparation.need('camera'), preparation.need('camera')]);
  assert.deepEqual(first, { CHROMIUM_PATH: '/c', CAMERA: '/c/video' });
  assert.deepEqual(second, first);
  assert.deepEqual(made, ['browser', 'camera']);
});

test('a resource fails with the reason of its failed dependency, and the others are made', async () => {
  const preparation = new Preparation({
    wasm: {
      make() {
        throw new SetupError('no compiler for wasm');
      },
    },
    package: { after: ['wasm'], make: () => assert.fail('cannot be made') },
    models: { make: () => ({ unavailable: 'a note, not a variable' }) },
  });
  await assert.rejects(preparation.need('package'), /no compiler for wasm/);
  assert.deepEqual(await preparation.need('models'), {});
});
