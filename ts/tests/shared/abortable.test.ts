import { expect, test } from 'vitest';
import { abortable } from '../../src/shared/abortable.js';
import { deferred } from '../fakes/deferred.js';

/** A signal that counts its listeners. */
function countListeners() {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  return { controller, signal, listeners: () => listeners };
}

test('`abortable` settles with the work, and leaves no listener on the signal', async () => {
  const { signal, listeners } = countListeners();
  await expect(abortable(Promise.resolve(1), signal)).resolves.toBe(1);
  await expect(abortable(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  expect(listeners()).toBe(0);
  await expect(abortable(Promise.resolve(2), undefined)).resolves.toBe(2);
});

test('`abortable` rejects with the reason as soon as the signal aborts, and releases a late result', async () => {
  const { controller, signal } = countListeners();
  const released: string[] = [];
  const work = deferred<string>();
  const waiting = abortable(work.promise, signal, (late) => released.push(late));
  controller.abort(new Error('aborted'));
  await expect(waiting).rejects.toThrow('aborted');
  work.resolve('late');
  await work.promise;
  expect(released).toEqual(['late']);
});

test('`abortable` rejects at once under an aborted signal, and ignores a late failure', async () => {
  const reason = new Error('before');
  const work = deferred<never>();
  await expect(abortable(work.promise, AbortSignal.abort(reason))).rejects.toBe(reason);
  work.reject(new Error('late'));
  await expect(work.promise).rejects.toThrow('late');
});
