import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { wasmOutput } from './paths.mjs';

// Later versions have relaxed SIMD without a flag.
if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');

// Without an explicit call, a module runs its static constructors at every call from JavaScript. burn's compiler has
// hundreds.
for (const [name, script = name] of [
  ['cyclorama_cpu'],
  ['cyclorama_cpu_relaxed', 'cyclorama_cpu'],
  ['cyclorama_web'],
  ['cyclorama_webgl'],
]) {
  test(`${name} runs its static constructors only once`, async () => {
    // Each module takes an instance of its JavaScript.
    const glue = await import(`${pathToFileURL(join(wasmOutput, `${script}.js`)).href}?${name}`);
    glue.initSync({ module: await readFile(join(wasmOutput, `${name}_bg.wasm`)) });
    assert.equal(glue.constructorRuns(), 1, 'when it is instantiated');
    // Strings and promises are passed through further exports.
    const refused = await glue.Segmenter.create(new Uint8Array(8), 'none').catch((error) => error);
    assert.equal(refused.code, 'unsupported');
    assert.equal(glue.constructorRuns(), 1, 'after other calls');
  });
}

test('the two modules for the CPU have the same imports and exports, because they share their JavaScript', async () => {
  const [plain, relaxed] = await Promise.all(
    ['cyclorama_cpu', 'cyclorama_cpu_relaxed'].map(async (name) => {
      const module = new WebAssembly.Module(await readFile(join(wasmOutput, `${name}_bg.wasm`)));
      return { imports: WebAssembly.Module.imports(module), exports: WebAssembly.Module.exports(module) };
    }),
  );
  assert.deepEqual(relaxed, plain);
});
