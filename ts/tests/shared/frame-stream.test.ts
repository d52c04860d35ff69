import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { checkTrack } from '../../src/page/tracks/check-track.js';
import type { MadeFrame } from '../../src/shared/frame-relay.js';
import { createTransform } from '../../src/shared/frame-stream.js';
import {
  asTrack,
  bitmap,
  FakeBitmap,
  FakeFrame,
  FakeTrack,
  frameAt,
  settled,
  stubMedia,
} from '../fakes/media.js';

beforeEach(stubMedia);
afterEach(() => vi.unstubAllGlobals());

/** A stream whose images the test finishes. */
function openStream() {
  const made: ((frame: MadeFrame | undefined) => void)[] = [];
  let dropped = 0;
  const { stream } = createTransform({
    make: () => new Promise((settle) => made.push(settle)),
    arrive() {},
    drop() {
      dropped += 1;
    },
  });
  /** Finishes the pending image, if any. */
  const finish = async () => {
    await settled();
    made.shift()?.({ image: bitmap(), hasAlpha: false });
    await settled();
  };
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  writer.closed.catch(() => {});
  reader.closed.catch(() => {});
  return {
    made,
    finish,
    writer,
    reader,
    get dropped() {
      return dropped;
    },
  };
}

test('the stream keeps timestamps, and processes the newest frame next', async () => {
  const { writer, reader, finish, made } = openStream();
  for (const time of [1_000, 34_000, 67_000]) await writer.write(frameAt(time));
  expect(made).toHaveLength(1);
  await finish();
  // The first frame must be read before another one is processed.
  expect(made).toHaveLength(0);
  const times: (number | undefined)[] = [];
  for (let count = 0; count < 2; count += 1) {
    const { value } = await reader.read();
    times.push(value?.timestamp);
    value?.close();
    await finish();
  }
  expect(times).toEqual([1_000, 67_000]);
  expect(FakeFrame.open.size).toBe(0);
});

test('a closed stream ends after its last frame is read', async () => {
  const { writer, reader, finish } = openStream();
  await writer.write(frameAt(1_000));
  await writer.close();
  await finish();
  const { value } = await reader.read();
  expect(value?.timestamp).toBe(1_000);
  value?.close();
  expect(await reader.read()).toEqual({ value: undefined, done: true });
});

test('an abort or a cancellation reaches the other side with its reason', async () => {
  const aborted = openStream();
  const reading = aborted.reader.read();
  await aborted.writer.abort('enough');
  await expect(reading).rejects.toBe('enough');

  const cancelled = openStream();
  await cancelled.reader.cancel('no reader');
  await expect(cancelled.writer.closed).rejects.toBe('no reader');
});

test('an invalid chunk rejects both sides with an option error', async () => {
  const { writer, reader } = openStream();
  const reading = reader.read();
  await writer.write('no frame' as unknown as VideoFrame).catch(() => {});
  await expect(reading).rejects.toMatchObject({ code: 'option' });
  await expect(writer.closed).rejects.toMatchObject({ code: 'option' });
});

const STEPS = ['write', 'read', 'an image', 'a video image', 'no image', 'cancel', 'abort', 'close'] as const;

test('no frame and no image stays open after any order of events', async () => {
  const step = fc.record({ what: fc.constantFrom(...STEPS), waits: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      stubMedia();
      const { writer, reader, made, finish } = openStream();
      let [written, over] = [0, false];
      const write = () => {
        written += 1;
        const frame = frameAt(written);
        // The writer owns a frame that it cannot write.
        if (over) frame.close();
        else writer.write(frame).catch(() => {});
      };
      const read = () =>
        reader.read().then(
          ({ value }) => value?.close(),
          () => {},
        );
      let closed = false;
      for (const { what, waits } of steps) {
        closed ||= what === 'close';
        over ||= what === 'cancel' || what === 'abort';
        // Node fails when a frame is written to a closed stream.
        if (what === 'write' && !closed) write();
        if (what === 'read') void read();
        if (what === 'an image') made.shift()?.({ image: bitmap(), hasAlpha: false });
        if (what === 'a video image') made.shift()?.({ image: frameAt(0), hasAlpha: false });
        if (what === 'no image') made.shift()?.(undefined);
        if (what === 'cancel') reader.cancel().catch(() => {});
        if (what === 'abort') writer.abort().catch(() => {});
        if (what === 'close') writer.close().catch(() => {});
        if (waits) await settled();
      }
      writer.abort().catch(() => {});
      reader.cancel().catch(() => {});
      for (let left = true; left; left = made.length > 0) await finish();
      expect([FakeFrame.open.size, FakeBitmap.open.size]).toEqual([0, 0]);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('a stream that ends closes the frames in its queue', async () => {
  const { writer, reader } = openStream();
  const [first, second] = [frameAt(1), frameAt(2)];
  const writes = [writer.write(first), writer.write(second)];
  for (const write of writes) write.catch(() => {});
  await reader.cancel();
  await settled();
  expect([...FakeFrame.open]).not.toContain(second);
});

test('`checkTrack` throws an error with the reason', () => {
  const ended = new FakeTrack();
  ended.stop();
  for (const [track, reason] of [
    [{ kind: 'video', readyState: 'live' }, 'must be a MediaStreamTrack'],
    [ended, 'has ended'],
  ] as const) {
    expect(() => checkTrack(asTrack(track as FakeTrack))).toThrowError(
      expect.objectContaining({ code: 'option', message: expect.stringContaining(reason) }),
    );
  }
  vi.stubGlobal('MediaStreamTrack', undefined);
  expect(() => checkTrack(asTrack(new FakeTrack()))).toThrowError(
    expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('on the page') }),
  );
});
