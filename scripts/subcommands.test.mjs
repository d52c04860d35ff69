/** Selection of subcommands, and the help of commands and subcommands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SetupError } from './setup/command.mjs';
import { dispatch } from './subcommands.mjs';

/** Runs a command with two subcommands. Resolves with the output, the subcommand that ran, and the loaded modules. */
async function call(context, args, usual) {
  const seen = { printed: '', ran: undefined, loaded: [] };
  const subcommand = (name) => async () => {
    seen.loaded.push(name);
    return {
      summary: `measures ${name}`,
      help: `Options of ${name}`,
      run: async (rest) => {
        seen.ran = [name, ...rest];
      },
    };
  };
  const subcommands = { time: subcommand('time'), memory: subcommand('memory') };
  const log = context.mock.method(console, 'log', (text) => {
    seen.printed += text;
  });
  try {
    await dispatch({ name: 'measure', about: 'Measures things.', subcommands, usual }, args);
  } finally {
    log.mock.restore();
  }
  return seen;
}

test('a subcommand gets the arguments after its name, and no other is loaded', async (context) => {
  const { ran, loaded } = await call(context, ['time', '--rounds', '3']);
  assert.deepEqual(ran, ['time', '--rounds', '3']);
  assert.deepEqual(loaded, ['time']);
});

test('--help lists the subcommands, and after a subcommand prints its options', async (context) => {
  for (const flag of ['--help', '-h']) {
    const { printed, ran } = await call(context, [flag]);
    assert.match(printed, /^Usage: npm run measure -- SUBCOMMAND/);
    assert.match(printed, /^ {2}time +measures time$/m);
    assert.match(printed, /^ {2}memory +measures memory$/m);
    assert.equal(ran, undefined);
    const of = await call(context, ['memory', '--rounds', '3', flag]);
    assert.deepEqual([of.printed, of.ran], ['Options of memory', undefined]);
  }
});

test('--help after a second -- belongs to another program', async (context) => {
  const { ran } = await call(context, ['time', '--', '--help']);
  assert.deepEqual(ran, ['time', '--', '--help']);
});

test('an unknown or missing subcommand is an error that lists them', async (context) => {
  for (const args of [['tine'], ['toString'], [], ['--rounds', '3']]) {
    await assert.rejects(call(context, args), (error) => {
      assert.ok(error instanceof SetupError);
      assert.match(error.message, /npm run measure` (?:has no|needs a) subcommand/);
      assert.match(error.message, /^ {2}memory +measures memory$/m);
      return true;
    });
  }
});

test('the default subcommand runs if none is named, and is marked in the list', async (context) => {
  assert.deepEqual((await call(context, [], 'time')).ran, ['time']);
  assert.deepEqual((await call(context, ['--rounds', '3'], 'time')).ran, ['time', '--rounds', '3']);
  assert.deepEqual((await call(context, ['memory'], 'time')).ran, ['memory']);
  assert.match((await call(context, ['--help'], 'time')).printed, /measures time \(default\)$/m);
  await assert.rejects(call(context, ['tine'], 'time'), SetupError);
});
