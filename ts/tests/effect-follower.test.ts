import { expect, test, vi } from 'vitest';
import { type Effect, isSameEffect } from '../src/effect.js';
import { EffectFollower } from '../src/effect-follower.js';
import { CycloramaError } from '../src/errors.js';

const NONE: Effect = { kind: 'none' };
const BLUR: Effect = { kind: 'blur' };
const MISSING: Effect = { kind: 'image', source: '/there-is-nothing.jpg' };

/** What stands for a background: no picture can be had, and all else unless told otherwise. A later change ends one before. */
function open(effect: Effect, setEffect = async (wanted: Effect) => refuse(wanted)) {
  let shown = effect;
  let changes = 0;
  const calls: Effect['kind'][] = [];
  const destroy = vi.fn(async () => {});
  const background = {
    async setEffect(wanted: Effect) {
      calls.push(wanted.kind);
      changes += 1;
      const change = changes;
      await setEffect(wanted);
      if (change !== changes) throw new CycloramaError('superseded', 'a later setEffect replaced this one');
      shown = wanted;
    },
    destroy,
  };
  const told: unknown[] = [];
  const end = new AbortController();
  const follower = new EffectFollower(background, effect, (failure) => told.push(failure), end.signal);
  return { follower, told, calls, destroy, end, shown: () => shown };
}

function refuse({ kind }: Effect): void {
  if (kind === 'image') throw new CycloramaError('asset', 'there is no picture');
}

/** Waits for all that is under way. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

test('an effect that cannot be had does not bring back the camera', async () => {
  const { follower, told, shown, calls, destroy } = open(NONE);
  follower.follow(MISSING);
  await settled();
  expect(shown()).toMatchObject({ kind: 'color' });
  expect(told).toMatchObject([{ code: 'asset' }]);
  follower.follow(BLUR);
  await settled();
  expect(shown()).toBe(BLUR);
  expect(told.at(-1)).toBeUndefined();

  // From another effect the one before stays, and the camera again where it is asked for.
  follower.follow(MISSING);
  await settled();
  expect(shown()).toBe(BLUR);
  follower.follow(NONE);
  await settled();
  expect(shown()).toBe(NONE);
  expect(calls).toEqual(['color', 'image', 'blur', 'image', 'none']);
  expect(destroy).not.toHaveBeenCalled();
});

test('of wishes in quick succession the last one counts, and none falls back on the camera', async () => {
  const { follower, told, shown } = open(BLUR);
  for (const effect of [NONE, MISSING, NONE, BLUR, MISSING]) follower.follow(effect);
  await settled();
  expect(shown()).toMatchObject({ kind: 'color' });
  expect(told).toMatchObject([{ code: 'asset' }]);
  for (const effect of [NONE, BLUR, NONE]) follower.follow(effect);
  await settled();
  expect(shown()).toBe(NONE);
  expect(told.slice(1)).toEqual([undefined]);
});

test('where not even a colour can be had, nothing is shown any more', async () => {
  const broken = new CycloramaError('gpu', 'the GPU has failed');
  const { follower, told, destroy } = open(NONE, () => Promise.reject(broken));
  follower.follow(BLUR);
  await settled();
  expect(destroy).toHaveBeenCalledOnce();
  expect(told).toEqual([broken]);
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
