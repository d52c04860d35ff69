/** The command line of the benchmark. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SetupError } from '../scripts/setup/command.mjs';
import { parseArguments } from './arguments.mjs';
import { findVariants } from './engines/registry.mjs';
import { findModels, findNames } from './models.mjs';

test('--quick takes fewer rounds, --rounds as many as it says', () => {
  const usual = parseArguments([]).rounds;
  assert.ok(parseArguments(['--quick']).rounds < usual);
  assert.equal(parseArguments(['--quick', '--rounds', '7']).rounds, 7);
  for (const wrong of ['0', '-1', '1.5', 'many', '']) {
    assert.throws(() => parseArguments([`--rounds=${wrong}`]), SetupError);
  }
});

test('the page measures everything unless told what', () => {
  const { mode, model, refine, input, backend } = parseArguments([]);
  assert.deepEqual([mode, model.length, refine, backend], ['page', 7, ['guided', 'none'], []]);
  assert.deepEqual(input, ['640x360', '1280x720', '1920x1080']);
  assert.deepEqual(parseArguments(['--input', '720p', '--input', '640x480']).input, ['1280x720', '640x480']);
  assert.deepEqual(parseArguments(['--quick']).input, ['1280x720']);
});

test('what cannot be measured together is refused in words', () => {
  for (const wrong of [
    ['--runtimes', '--operators'],
    ['--operators', '--frames', '3'],
    ['--runtimes', '--refine', 'none'],
    ['--effects', '--peers'],
    ['--shaders', 'out'],
    ['--engine', 'litert'],
    ['--backend', 'cpu'],
    ['--refine', 'sharp'],
    ['--input', '720'],
    ['--input', '0x0'],
  ]) {
    assert.throws(() => parseArguments(wrong), SetupError, wrong.join(' '));
  }
  assert.equal(parseArguments(['--runtimes', '--engine', 'litert']).mode, 'runtimes');
  assert.deepEqual(parseArguments(['--peers', '--engine', 'litert']).engine, ['litert']);
});

test('ours is built first unless told not to', () => {
  assert.equal(parseArguments([]).build, true);
  assert.equal(parseArguments(['--no-build']).build, false);
});

test('options that do not exist are refused', () => {
  assert.throws(() => parseArguments(['--fast']), { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION' });
});

test('engines are chosen by name and by backend, each once and in the usual order', () => {
  const names = (wanted) => findVariants(wanted).map(({ file, backend }) => `${file} ${backend}`);
  assert.deepEqual(names(['cyclorama']), ['cyclorama.js webgpu', 'cyclorama.js cpu']);
  assert.deepEqual(names(['litert/webgpu', 'cyclorama/webgpu', 'litert/webgpu']), [
    'cyclorama.js webgpu',
    'litert.js webgpu',
  ]);
  assert.equal(findVariants([]).length, new Set(names([])).size + threaded().length);
  assert.throws(() => findVariants(['liter']), SetupError);
  assert.throws(() => findVariants(['cyclorama/webgl']), SetupError);
});

/** Variants that differ from another in the number of threads alone. */
const threaded = () => findVariants([]).filter(({ threads }) => threads > 1);

test('models are found by short and by full name', async () => {
  const [short] = await findModels(['landscape']);
  const [full] = await findModels(['selfie_segmentation_landscape']);
  assert.deepEqual(short, full);
  assert.equal(short.multiplyAdds, 33.32e6);
  await assert.rejects(findModels(['portrait']), SetupError);
  await assert.rejects(findModels(['body-pix-float-050-8']), SetupError, 'no engine but two reads it');
  assert.deepEqual(await findNames(['landscape', 'deeplab']), [short.name, 'deeplabv3_257_mv_gpu']);
  await assert.rejects(findNames(['portrait']), SetupError);
});
