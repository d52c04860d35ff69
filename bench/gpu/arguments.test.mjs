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
  const { models, sizes, effort } = parseArguments([
    '--local',
    '--quick',
    '--rounds',
    '5',
    '--engine',
    'litert',
  ]);
  assert.deepEqual([models, sizes, effort.rounds], [['landscape'], [[1280, 720]], 5]);
});

test('unknown values and options without --local are rejected', () => {
  for (const args of [
    ['--local', '--gpu', 'none'],
    ['--local', '--engine', 'tfjs'],
    ['--json', 'report.json'],
    ['--rounds', '0'],
    ['--open', 'report.json'],
  ]) {
    assert.throws(() => parseArguments(args), Error, args.join(' '));
  }
});
