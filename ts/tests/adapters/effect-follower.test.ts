import { expect, test } from 'vitest';
import { EffectFollower } from '../../src/adapters/effect-follower.js';
import { type Effect, isSameEffect } from '../../src/shared/effect.js';
import { CycloramaError } from '../../src/shared/errors.js';

const NONE: Effect = { kind: 'none' };
const BLUR: Effect = { kind: 'blur' };
const MISSING: Effect = { kind: 'image', source: '/there-is-nothing.jpg' };

/** What stands for a background: no picture can be had, and all else can. A later change overtakes one before. */
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
      if (wanted.kind === 'image') throw new CycloramaError('asset', 'there is no picture');
      shown = wanted;
      return true;
    },
  };
  const told: unknown[] = [];
  const end = new AbortController();
  const follower = new EffectFollower(background, effect, (failure) => told.push(failure), end.signal);
  return { follower, told, calls, end, shown: () => shown };
}

/** Waits for all that is under way. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

test('an effect that cannot be had is told, and that it is over', async () => {
  const { follower, told, shown, calls } = open(NONE);
  follower.follow(MISSING);
  await settled();
  expect(told).toMatchObject([{ code: 'asset' }]);
  follower.follow(BLUR);
  await settled();
  expect(shown()).toBe(BLUR);
  expect(told.at(-1)).toBeUndefined();
  follower.follow(NONE);
  await settled();
  expect(shown()).toBe(NONE);
  expect(calls).toEqual(['image', 'blur', 'none']);
});

test('of wishes in quick succession the last one counts', async () => {
  const { follower, told, shown } = open(BLUR);
  for (const effect of [NONE, MISSING, NONE, BLUR, MISSING]) follower.follow(effect);
  await settled();
  expect(told).toMatchObject([{ code: 'asset' }]);
  for (const effect of [NONE, BLUR, NONE]) follower.follow(effect);
  await settled();
  expect(shown()).toBe(NONE);
  expect(told.slice(1)).toEqual([undefined]);
});

test('the same wish and the same failure are no news, and nothing is after the end', async () => {
  const { follower, told, calls, end } = open(BLUR);
  follower.follow({ ...BLUR });
  expect(calls).toEqual([]);
  for (const picture of ['a', 'b', 'b']) {
    const effect: Effect = { kind: 'image', source: new Blob([picture]) };
    expect(isSameEffect(effect, { ...effect, source: new Blob([picture]) })).toBe(false);
    follower.follow(effect);
    await settled();
  }
  expect(calls).toEqual(['image', 'image', 'image']);
  expect(told).toMatchObject([{ code: 'asset' }]);
  follower.follow(BLUR);
  end.abort();
  await settled();
  expect(told).toHaveLength(1);
});
