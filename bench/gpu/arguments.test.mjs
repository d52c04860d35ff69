import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from './arguments.mjs';

test('without options everything is packed', () => {
  const { local, pack, native, engines, models, effort } = parseArguments([]);
  assert.deepEqual([local, native], [false, true]);
  assert.match(pack, /bench.output.gpu$/);
  assert.deepEqual(engines, ['cyclorama', 'litert', 'onnxruntime']);
  assert.deepEqual(models, ['landscape', 'general']);
  // With a reserve, so that the run on the other machine ends within 4 minutes.
  assert.ok(effort.budget < 240);
});

test('--quick measures one model at one size', () => {
  const args = ['--local', '--quick', '--rounds', '5', '--engine', 'litert'];
  const { models, sizes, effort } = parseArguments(args, 'linux');
  assert.deepEqual([models, sizes, effort.rounds], [['landscape'], [[1280, 720]], 5]);
});

test('unknown values and options of the other way to measure are rejected', () => {
  for (const [args, message] of [
    [['--local', '--gpu', 'none'], /^--gpu takes emulated, hardware, not "none"\.$/],
    [['--local', '--engine', 'tfjs'], /^--engine takes cyclorama, litert, onnxruntime, not "tfjs"\.$/],
    [['--json', 'report.json'], /^--json needs --local\.$/],
    [['--local', '--pack', 'kit'], /^--pack cannot be combined with --local\.$/],
    [['--local', '--no-native'], /^--no-native cannot be combined with --local\.$/],
    [['--rounds', '0'], /^--rounds takes a whole number of 1 or more, not "0"\.$/],
    [['--open', 'report.json'], /--open/],
  ]) {
    assert.throws(() => parseArguments(args, 'linux'), { message }, args.join(' '));
  }
});

test('only Linux has the emulated card', () => {
  const message = '--gpu emulated needs Linux: add --gpu hardware.';
  for (const platform of ['darwin', 'win32']) {
    assert.throws(() => parseArguments(['--local'], platform), { message });
    assert.equal(parseArguments(['--local', '--gpu', 'hardware'], platform).gpu, 'hardware');
    assert.equal(parseArguments([], platform).local, false);
  }
});
