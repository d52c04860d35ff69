import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { replaceBackground } from '../../src/adapters/streams.js';
import { type FakeBackground, FakeOutputTrack, stubBackgrounds } from '../fakes/virtual-background.js';

vi.mock('../../src/page/tracks/check-track.js', () => ({ checkTrack() {} }));

let made: FakeBackground[];
let camera: FakeOutputTrack;

beforeEach(() => {
  vi.useFakeTimers();
  made = stubBackgrounds();
  camera = new FakeOutputTrack();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function open() {
  const replaced = await replaceBackground(camera as unknown as MediaStreamTrack);
  const [background] = made;
  if (!background) throw new Error('no background was made');
  return { replaced, background, track: () => replaced.track as unknown as FakeOutputTrack };
}

/** Waits longer than the interval at which tracks are polled. */
const later = () => vi.advanceTimersByTimeAsync(1000);

test('a new track replaces each track that ends with its worker', async () => {
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

test('`track` is the track of the last `track` event', async () => {
  const { background, track } = await open();
  const next = new FakeOutputTrack();
  background.dispatchEvent(new CustomEvent('track', { detail: { track: next } }));
  expect(track()).toBe(next);
});

test('the background is destroyed when the app stops the track, or no new track can be created', async () => {
  const stopped = await open();
  stopped.track().readyState = 'ended';
  await later();
  expect(stopped.background.destroyed).toBe(true);

  made.length = 0;
  const lost = await open();
  lost.background.processTrack.mockRejectedValueOnce(new Error('the call was aborted'));
  lost.track().end();
  await later();
  expect(lost.background.destroyed).toBe(true);
});
