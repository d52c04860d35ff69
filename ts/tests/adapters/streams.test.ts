import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { replaceBackground } from '../../src/adapters/streams.js';
import { type StandIn, StandInTrack, standInForBackgrounds } from '../fakes/stand-in.js';

vi.mock('../../src/page/tracks/check-track.js', () => ({ checkTrack() {} }));

let made: StandIn[];
let camera: StandInTrack;

beforeEach(() => {
  vi.useFakeTimers();
  made = standInForBackgrounds();
  camera = new StandInTrack();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function open() {
  const replaced = await replaceBackground(camera as unknown as MediaStreamTrack);
  const [background] = made;
  if (!background) throw new Error('no background was made');
  return { replaced, background, track: () => replaced.track as unknown as StandInTrack };
}

/** Longer than between two looks at a track. */
const later = () => vi.advanceTimersByTimeAsync(1000);

test('a track that ends with its worker has another one take its place, as often as that happens', async () => {
  const { background, track } = await open();
  for (let count = 0; count < 2; count += 1) {
    const lost = track();
    lost.end();
    await later();
    expect([track() === lost, track().readyState, background.destroyed]).toEqual([false, 'live', false]);
  }
  camera.readyState = 'ended';
  track().end();
  await later();
  expect(background.destroyed).toBe(true);
});

test('a track that is told of is the one there is', async () => {
  const { background, track } = await open();
  const next = new StandInTrack();
  background.dispatchEvent(new CustomEvent('track', { detail: { track: next } }));
  expect(track()).toBe(next);
});

test('where an app stops the track, or no other can be made, the background is released', async () => {
  const stopped = await open();
  stopped.track().readyState = 'ended';
  await later();
  expect(stopped.background.destroyed).toBe(true);

  made.length = 0;
  const lost = await open();
  lost.background.processTrack.mockRejectedValueOnce(new Error('it was given up'));
  lost.track().end();
  await later();
  expect(lost.background.destroyed).toBe(true);
});
