import { expect, test } from 'vitest';
import { EffectFollower } from '../../src/adapters/effect-follower.js';
import { type Effect, isSameEffect } from '../../src/shared/effect.js';
import { CycloramaError } from '../../src/shared/errors.js';

const NONE: Effect = { kind: 'none' };
const BLUR: Effect = { kind: 'blur' };
const MISSING: Effect = { kind: 'image', source: '/missing.jpg' };

/** A fake background. Images fail to load, other effects load. A later change supersedes an earlier one. */
function open(effect: Effect) {
  let shown = effect;
  let changes = 0;
  const calls: Effect['kind'][] = [];
  const background = {
    async setEffect(wanted: Effect) {
      calls.push(wanted.kind);
      changes += 1;
      const change = changes;
      await undefined;
      if (change !== changes) return false;
      if (wanted.kind === 'image') throw new CycloramaError('asset', 'the image is missing');
      shown = wanted;
      return true;
    },
  };
  const reported: unknown[] = [];
  const end = new AbortController();
  const follower = new EffectFollower(background, effect, (failure) => reported.push(failure), end.signal);
  return { follower, reported, calls, end, shown: () => shown };
}

/** Waits for all pending changes. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

test('a failed effect is reported, and so is the end of the failure', async () => {
  const { follower, reported, shown, calls } = open(NONE);
  follower.follow(MISSING);
  await settled();
  expect(reported).toMatchObject([{ code: 'asset' }]);
  follower.follow(BLUR);
  await settled();
  expect(shown()).toBe(BLUR);
  expect(reported.at(-1)).toBeUndefined();
  follower.follow(NONE);
  await settled();
  expect(shown()).toBe(NONE);
  expect(calls).toEqual(['image', 'blur', 'none']);
});

test('the last of several quick changes takes effect', async () => {
  const { follower, reported, shown } = open(BLUR);
  for (const effect of [NONE, MISSING, NONE, BLUR, MISSING]) follower.follow(effect);
  await settled();
  expect(reported).toMatchObject([{ code: 'asset' }]);
  for (const effect of [NONE, BLUR, NONE]) follower.follow(effect);
  await settled();
  expect(shown()).toBe(NONE);
  expect(reported.slice(1)).toEqual([undefined]);
});

test('a repeated effect or failure is not reported, and nothing is reported after the signal aborts', async () => {
  const { follower, reported, calls, end } = open(BLUR);
  follower.follow({ ...BLUR });
  expect(calls).toEqual([]);
  for (const content of ['a', 'b', 'b']) {
    const effect: Effect = { kind: 'image', source: new Blob([content]) };
    expect(isSameEffect(effect, { ...effect, source: new Blob([content]) })).toBe(false);
    follower.follow(effect);
    await settled();
  }
  expect(calls).toEqual(['image', 'image', 'image']);
  expect(reported).toMatchObject([{ code: 'asset' }]);
  follower.follow(BLUR);
  end.abort();
  await settled();
  expect(reported).toHaveLength(1);
});
