/** Valid and invalid lists of models. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { SetupError } from './command.mjs';
import { readManifest } from './manifest.mjs';
import { root } from './paths.mjs';

const own = await readFile(join(root, 'models', 'manifest.json'), 'utf8');
const path = 'models/manifest.json';

/** The manifest with one value of its first model replaced. */
const changed = (property, value) => {
  const manifest = JSON.parse(own);
  manifest.models[0][property] = value;
  return JSON.stringify(manifest);
};

test('the manifest of this repository is valid', () => {
  assert.deepEqual(readManifest(own, path), JSON.parse(own).models);
});

test('the error names the invalid value', () => {
  const source = { package: 'p', version: '1', path: 'a/b', encoding: 'file' };
  for (const [text, words] of [
    ['', /models\/manifest\.json: is not JSON/],
    [own.slice(0, own.length / 2), /is not JSON/],
    ['null', /models must be a list/],
    ['{ "models": {} }', /models must be a list/],
    [JSON.stringify({ models: Array(101).fill({}) }), /a list of 1 to 100/],
    ['{ "models": [null] }', /models\[0\]\.name must be a word/],
    [changed('file', '../../.bashrc.tflite'), /models\[0\]\.file must be the name/],
    [changed('file', '..\\evil.tflite'), /models\[0\]\.file/],
    [changed('sha256', 'abc'), /models\[0\]\.sha256 must be 64/],
    [changed('bytes', 1e12), /models\[0\]\.bytes must be a whole number/],
    [changed('bytes', null), /models\[0\]\.bytes/],
    [changed('source', { ...source, path: '../../etc/passwd' }), /models\[0\]\.source/],
    [changed('source', { ...source, package: '/etc' }), /models\[0\]\.source/],
    [changed('source', { repository: 'models/../.npmrc' }), /models\[0\]\.source/],
    [changed('name', 'selfie_segmentation'), /two models have the same name/],
  ]) {
    assert.throws(
      () => readManifest(text, path),
      (error) => error instanceof SetupError && words.test(error.message),
      `${text.slice(0, 80)}: ${words}`,
    );
  }
});

test('any text is read as a manifest, or refused with an error that names the file', () => {
  const { models } = JSON.parse(own);
  const property = fc.constantFrom(...Object.keys(models[0]));
  const edited = fc
    .tuple(property, fc.jsonValue())
    .map(([name, value]) => JSON.stringify({ models: [{ ...models[0], [name]: value }] }));
  const outcomes = { read: 0, refused: 0 };
  fc.assert(
    fc.property(fc.oneof(edited, fc.json(), fc.string()), (text) => {
      try {
        readManifest(text, path);
        outcomes.read += 1;
      } catch (error) {
        assert.ok(error instanceof SetupError, String(error));
        assert.ok(error.message.startsWith(path));
        outcomes.refused += 1;
      }
    }),
    { numRuns: 5000, seed: 1 },
  );
  assert.ok(outcomes.read > 0 && outcomes.refused > 0, JSON.stringify(outcomes));
});
