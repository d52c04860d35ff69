/** The command lines of the benchmark. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SetupError } from '../scripts/setup/command.mjs';
import { helpOf, modes, parseArguments } from './arguments.mjs';
import { findVariants } from './engines/registry.mjs';
import { findModels, findNames } from './models.mjs';

test('--quick runs fewer rounds, and --rounds sets their number', () => {
  for (const mode of Object.keys(modes)) {
    const usual = parseArguments(mode, []).rounds;
    assert.ok(parseArguments(mode, ['--quick']).rounds < usual);
    assert.equal(parseArguments(mode, ['--quick', '--rounds', '7']).rounds, 7);
    for (const wrong of ['0', '-1', '1.5', 'many', '']) {
      assert.throws(() => parseArguments(mode, [`--rounds=${wrong}`]), SetupError);
    }
  }
});

test('the page measures everything unless options select less', () => {
  const parse = (...args) => parseArguments('page', args);
  const { mode, model, refine, input, backend } = parse();
  assert.deepEqual([mode, model.length, refine, backend], ['page', 7, ['guided', 'none'], []]);
  assert.deepEqual(input, ['640x360', '1280x720', '1920x1080']);
  assert.deepEqual(parse('--input', '720p', '--input', '640x480').input, ['1280x720', '640x480']);
  assert.deepEqual([parse('--quick').input, parse('--quick').model], [['1280x720'], ['landscape']]);
});

test('a subcommand refuses the options of other subcommands, and unknown values', () => {
  for (const [mode, ...args] of [
    ['operators', '--frames', '3'],
    ['runtimes', '--refine', 'none'],
    ['effects', '--peers'],
    ['effects', '--model', 'landscape'],
    ['page', '--shaders', 'out'],
  ]) {
    assert.throws(() => parseArguments(mode, args), { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION' });
  }
  for (const args of [
    ['--engine', 'litert'],
    ['--peers', '--engine', 'cyclorama'],
    ['--backend', 'metal'],
    ['--gpu', 'software'],
    ['--refine', 'sharp'],
    ['--input', '720'],
    ['--input', '0x0'],
  ]) {
    assert.throws(() => parseArguments('page', args), SetupError, args.join(' '));
  }
  assert.throws(() => parseArguments('effects', ['--backend', 'webgl']), SetupError);
  assert.deepEqual(parseArguments('runtimes', ['--engine', 'litert/webgpu']).engine, ['litert/webgpu']);
  assert.deepEqual(parseArguments('page', ['--peers', '--engine', 'litert']).engine, ['litert']);
});

test('the help of a subcommand names exactly its options', () => {
  const every = Object.values(modes).flatMap(({ options }) => Object.keys(options));
  for (const [mode, { options }] of Object.entries(modes)) {
    const named = [...helpOf(mode).matchAll(/^ {2}(?:-h, )?--([\w-]+)/gm)].map(([, name]) => name);
    assert.deepEqual(
      every.filter((name) => named.includes(name)).sort(),
      every.filter((name) => name in options).sort(),
      mode,
    );
  }
});

test('whole frames are measured without GPU flags, and work on WebGPU is measured on an emulated GPU', () => {
  const gpuOf = (...args) => parseArguments(...args).gpu;
  assert.deepEqual(
    ['page', 'effects', 'runtimes'].map((mode) => gpuOf(mode, [])),
    ['none', 'emulated', 'emulated'],
  );
  assert.equal(gpuOf('effects', ['--backend', 'cpu']), 'none');
  assert.equal(gpuOf('page', ['--gpu', 'hardware']), 'hardware');
});

test('the package is built first unless --no-build is given', () => {
  assert.equal(parseArguments('page', []).build, true);
  assert.equal(parseArguments('effects', ['--no-build']).build, false);
});

test('engines are selected by name and by backend, each once and in the default order', () => {
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
  await assert.rejects(findModels(['body-pix-float-050-8']), SetupError, 'only two engines read it');
  assert.deepEqual(await findNames(['landscape', 'deeplab']), [short.name, 'deeplabv3_257_mv_gpu']);
  await assert.rejects(findNames(['portrait']), SetupError);
});
