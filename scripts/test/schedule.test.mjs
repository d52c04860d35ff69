import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAll } from './schedule.mjs';

/** Jobs that the test completes, and the set of running jobs. */
function controlledJobs() {
  const running = new Set();
  const ends = new Map();
  const job = (name, light, ready = Promise.resolve()) => ({
    light,
    ready,
    async run() {
      running.add(name);
      const value = await new Promise((resolve, reject) => ends.set(name, { resolve, reject }));
      running.delete(name);
      return value;
    },
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const end = async (name, value = name) => {
    ends.get(name).resolve(value);
    await settled();
  };
  return { running, ends, job, end, settled };
}

test('two light jobs run together, a heavy job runs alone, and results keep their order', async () => {
  const { running, job, end, settled } = controlledJobs();
  const all = runAll([job('a', true), job('heavy', false), job('b', true), job('c', true)]);
  await settled();
  assert.deepEqual([...running], ['a', 'b']);
  await end('b');
  assert.deepEqual([...running], ['a', 'c']);
  await end('a');
  assert.deepEqual([...running], ['c'], 'the heavy job waits for both');
  await end('c');
  assert.deepEqual([...running], ['heavy']);
  await end('heavy');
  assert.deepEqual(await all, ['a', 'heavy', 'b', 'c']);
});

test('a job that is not ready does not block later jobs', async () => {
  const { running, job, end, settled } = controlledJobs();
  let prepare;
  const all = runAll([
    job(
      'late',
      true,
      new Promise((resolve) => {
        prepare = resolve;
      }),
    ),
    job('early', false),
  ]);
  await settled();
  assert.deepEqual([...running], ['early']);
  prepare();
  await end('early');
  assert.deepEqual([...running], ['late']);
  await end('late');
  assert.deepEqual(await all, ['late', 'early']);
});

test('a job runs even if its resources are unavailable', async () => {
  const { job, end, settled } = controlledJobs();
  const all = runAll([job('a', true, Promise.reject(new Error('no driver')))]);
  await settled();
  await end('a', 'skipped');
  assert.deepEqual(await all, ['skipped']);
});

test('an error of a job rejects the whole run', async () => {
  const { ends, job, settled } = controlledJobs();
  const all = runAll([job('a', true), job('b', true)]);
  await settled();
  ends.get('a').reject(new Error('a defect of the runner'));
  await assert.rejects(all, /a defect of the runner/);
});
