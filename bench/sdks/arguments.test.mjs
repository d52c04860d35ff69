/** The command line of `npm run bench:sdks`. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SetupError } from '../../scripts/setup/command.mjs';
import { bench } from '../paths.mjs';
import { formats, help, parseArguments } from './arguments.mjs';
import { contenderNames, contenders, quickNames } from './contenders.mjs';

test('by default every contender has three rounds at 720p', () => {
  const { only, size, rounds, build, markdown } = parseArguments([]);
  assert.deepEqual([only, size, rounds], [contenderNames, ['1280x720@30'], 3]);
  assert.deepEqual([build, markdown], [true, false]);
});

test('--quick has one shorter round of fewer contenders', () => {
  const [usual, quick] = [parseArguments([]), parseArguments(['--quick'])];
  assert.deepEqual([quick.rounds, quick.only], [1, quickNames]);
  for (const duration of ['warmUp', 'window', 'latency']) assert.ok(quick[duration] < usual[duration]);
  assert.deepEqual(parseArguments(['--quick', '--rounds', '4', '--only', 'twilio']).only, ['twilio']);
  assert.equal(parseArguments(['--quick', '--rounds', '4']).rounds, 4);
});

test('--only takes names with commas or repeatedly, and keeps the default order', () => {
  const { only } = parseArguments(['--only', 'twilio,passthrough', '--only', 'cyclorama-cpu-high']);
  assert.deepEqual(only, ['passthrough', 'cyclorama-cpu-high', 'twilio']);
});

test('a size is measured once', () => {
  const sizes = ['--size', '640x360@15', '--size', '1920x1080@30', '--size', '640x360@15'];
  assert.deepEqual(parseArguments(sizes).size, ['640x360@15', '1920x1080@30']);
});

test('unknown names and values are refused', () => {
  for (const args of [
    ['--only', 'zoom'],
    ['--only', 'cyclorama'],
    ['--size', '720p'],
    ['--rounds', '0'],
    ['--rounds', 'many'],
  ]) {
    assert.throws(() => parseArguments(args), SetupError, args.join(' '));
  }
  assert.throws(() => parseArguments(['--hardware']), { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION' });
});

test('the help names every contender and size', () => {
  for (const name of [...contenderNames, ...Object.keys(formats)]) assert.ok(help.includes(name), name);
});

test('contenders have different names, and modules that exist', () => {
  assert.equal(new Set(contenderNames).size, contenders.length);
  for (const { module } of contenders) {
    assert.ok(existsSync(join(bench, 'sdks', 'contenders', module)), module);
  }
});
