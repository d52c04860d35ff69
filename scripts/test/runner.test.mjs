import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { CommandError, UnavailableError } from '../setup/command.mjs';
import { Preparation } from '../setup/prepare.mjs';
import { Runner } from './runner.mjs';
import { statusTally } from './tally.mjs';

let printed;
beforeEach(() => {
  printed = [];
  for (const method of ['log', 'error']) mock.method(console, method, (text) => printed.push(String(text)));
});
afterEach(() => mock.restoreAll());

const refuse = (error) => ({
  make() {
    throw error;
  },
});
const resources = {
  tool: { make: () => ({ TOOL: '/bin/tool' }) },
  driver: refuse(new UnavailableError('no driver can be installed')),
  module: refuse(new CommandError('cargo build', 'failed with status 101', 'error[E0308]: mismatched types')),
};
const run = (...parts) =>
  new Runner(new Preparation(resources), { full: false, again: true }).run(
    parts.map((part) => ({ suite: 's', tally: statusTally, start: async () => 'fine', ...part })),
  );

test('a part whose tool is unavailable is skipped with the reason, and the next part runs', async () => {
  const [skipped, ran] = await run({ title: 'a', needs: ['driver'] }, { title: 'b', needs: ['tool'] });
  assert.deepEqual(
    [skipped.outcome, skipped.passed, skipped.failed, skipped.skipped, skipped.reasons],
    ['skipped', 0, 0, 1, ['no driver can be installed']],
  );
  assert.deepEqual([ran.outcome, ran.passed, ran.failed], ['ran', 1, 0]);
  assert.ok(printed.includes('  – a skipped: no driver can be installed'));
});

test('a part with an unavailable optional tool runs without it, and receives the reason', async () => {
  let options;
  const start = async (given) => {
    options = given;
    return '';
  };
  const [ran] = await run({ title: 'a', needs: ['tool'], uses: ['driver'], start });
  assert.equal(ran.passed, 1);
  assert.deepEqual(ran.reasons, ['no driver can be installed']);
  assert.deepEqual([...options.without.keys()], ['driver']);
  assert.deepEqual(options.env, {
    TOOL: '/bin/tool',
    CYCLORAMA_DRIVER_UNAVAILABLE: 'no driver can be installed',
  });
});

test('a failed build fails every part that needs it, its output is printed once, and the rest runs', async () => {
  const results = await run(
    { title: 'a', needs: ['module'] },
    { title: 'b', needs: ['module'] },
    { title: 'c', needs: ['tool'] },
  );
  assert.deepEqual(
    results.map(({ failed }) => failed),
    [1, 1, 0],
  );
  assert.equal(printed.filter((text) => text.includes('E0308')).length, 1);
});

test('a failed part, and one that ran no test, count as failures', async () => {
  const results = await run(
    {
      title: 'a',
      needs: [],
      start: () => Promise.reject(new CommandError('vitest', 'failed with status 1', '3 failed')),
    },
    { title: 'b', needs: [], tally: () => ({ passed: 0, failed: 0, skipped: 0, closing: [] }) },
  );
  assert.deepEqual(
    results.map(({ failed }) => failed),
    [1, 1],
  );
});
