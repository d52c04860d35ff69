import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FrameTransformer, MadeFrame } from '../../src/shared/frame-relay.js';
import { Timeline, TrackSink } from '../../src/worker/track-sink.js';
import { bitmap, FakeBitmap, FakeFrame, frameAt, settled, stubMedia } from '../fakes/media.js';

beforeEach(stubMedia);
afterEach(() => vi.unstubAllGlobals());

describe('timestamps', () => {
  test('of one camera do not change', () => {
    const timeline = new Timeline();
    timeline.begin();
    expect([1_000, 34_000, 70_000].map((time) => timeline.at(time))).toEqual([1_000, 34_000, 70_000]);
  });

  test('of a new camera continue after the last frame of the old one', () => {
    const timeline = new Timeline();
    timeline.begin();
    timeline.at(1_000_000);
    timeline.begin();
    const [first, second] = [timeline.at(0), timeline.at(40_000)] as const;
    expect(first).toBeGreaterThan(1_000_000);
    expect(second - first).toBe(40_000);
    timeline.begin();
    expect(timeline.at(9_000_000)).toBe(9_000_000);
  });

  test('advance by one frame when the clock is set back, and then keep its intervals', () => {
    const timeline = new Timeline();
    timeline.begin();
    const hour = 3_600_000_000;
    for (const time of [hour, hour + 33_000]) timeline.at(time);
    expect([0, 33_000, 66_000].map((time) => timeline.at(time) - hour)).toEqual([66_333, 99_333, 132_333]);
  });

  test('follow a clock that jumps an hour ahead, and continue when it jumps back', () => {
    const timeline = new Timeline();
    timeline.begin();
    const hour = 3_600_000_000;
    const times = [0, 33_000, hour, hour + 33_000, 66_000, 99_000].map((time) => timeline.at(time));
    expect(times).toEqual([0, 33_000, hour, hour + 33_000, hour + 66_333, hour + 99_333]);
  });

  test('increase when the clock stands still, even at the smallest timestamp', () => {
    for (const stands of [5_000, -(2 ** 63)]) {
      const timeline = new Timeline();
      timeline.begin();
      const times = [1, 2, 3, 4].map(() => timeline.at(stands));
      expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    }
  });

  test('of inserted frames are between those of the camera frames', () => {
    const timeline = new Timeline();
    timeline.begin();
    timeline.at(1_000_000);
    expect(timeline.after(1_000)).toBe(1_001_000);
    expect(timeline.at(1_033_000)).toBe(1_033_000);
  });
});

/** A track sink whose images the test finishes, and a record of its output. */
class Bench {
  readonly made: { settle(frame: MadeFrame | undefined): void; timestamp: number }[] = [];
  /** The output frames: their timestamps, and whether they were black. */
  readonly out: [number, 'black' | 'image'][] = [];
  dropped = 0;
  readonly sink: TrackSink;
  #into: WritableStreamDefaultController | undefined;

  constructor() {
    const maker: FrameTransformer = {
      make: ({ timestamp }) => new Promise((settle) => this.made.push({ settle, timestamp })),
      arrive() {},
      drop: () => {
        this.dropped += 1;
      },
    };
    const writable = new WritableStream<VideoFrame>({
      start: (controller) => {
        this.#into = controller;
      },
      write: (frame) => {
        const { isBlack } = frame as unknown as FakeFrame;
        this.out.push([frame.timestamp, isBlack ? 'black' : 'image']);
        frame.close();
      },
    });
    this.sink = new TrackSink(maker, writable, () => {});
  }

  /** Finishes the oldest pending image. */
  async finish(): Promise<void> {
    this.made.shift()?.settle({ image: bitmap(), hasAlpha: false });
    await settled();
  }

  /** Finishes the oldest pending image as a `VideoFrame`, with the timestamp of its frame. */
  async finishVideo(): Promise<void> {
    const made = this.made.shift();
    made?.settle({ image: frameAt(made.timestamp), hasAlpha: false });
    await settled();
  }

  /** Stops the track. */
  stop(): void {
    this.#into?.error(new Error('the track was stopped'));
  }
}

/** The stream of a camera. It keeps the newest frame, and enqueues it when a reader pulls. */
function openCamera() {
  let into!: ReadableStreamDefaultController<VideoFrame>;
  let cancelled = false;
  let newest: number | undefined;
  let wanted = false;
  const deliver = () => {
    if (!wanted || newest === undefined) return;
    const frame = frameAt(newest);
    newest = undefined;
    wanted = false;
    into.enqueue(frame);
  };
  const readable = new ReadableStream<VideoFrame>(
    {
      start(controller) {
        into = controller;
      },
      pull() {
        wanted = true;
        deliver();
      },
      cancel() {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return {
    readable,
    get cancelled() {
      return cancelled;
    },
    async give(timestamp: number) {
      newest = timestamp;
      deliver();
      await settled();
    },
    end: () => into.close(),
    fail: () => into.error(new Error('the camera was unplugged')),
  };
}

describe('a disabled camera', () => {
  test('is black from the first frame without processing, until it is enabled', async () => {
    const [bench, camera] = [new Bench(), openCamera()];
    void bench.sink.take(camera.readable, false);
    await settled();
    await camera.give(1_000);
    await camera.give(34_000);
    expect(bench.made).toHaveLength(0);
    bench.sink.enable(true);
    await camera.give(67_000);
    await bench.finish();
    expect(bench.out).toEqual([
      [1_000, 'black'],
      [34_000, 'black'],
      [67_000, 'image'],
    ]);
    expect(bench.dropped).toBe(0);
  });

  test('is black at once, and pending and waiting frames are dropped', async () => {
    const [bench, camera] = [new Bench(), openCamera()];
    void bench.sink.take(camera.readable, true);
    await settled();
    for (const time of [1_000, 34_000]) {
      await camera.give(time);
      await bench.finish();
    }
    await camera.give(67_000);
    await camera.give(100_000);
    bench.sink.enable(false);
    await settled();
    expect(bench.out.at(-1)).toEqual([68_000, 'black']);
    bench.sink.enable(true);
    await bench.finish();
    await camera.give(133_000);
    await bench.finish();
    expect(bench.out.slice(2)).toEqual([
      [68_000, 'black'],
      [133_000, 'image'],
    ]);
    expect([FakeFrame.open.size, FakeBitmap.open.size, bench.dropped]).toEqual([0, 0, 2]);
  });

  test('shows no image after another camera replaces it', async () => {
    const [bench, first, second] = [new Bench(), openCamera(), openCamera()];
    void bench.sink.take(first.readable, true);
    await settled();
    await first.give(1_000);
    bench.sink.enable(false);
    void bench.sink.take(second.readable, true);
    await settled();
    await bench.finish();
    await second.give(0);
    await bench.finish();
    const kinds = bench.out.map(([, kind]) => kind);
    expect(kinds).toEqual(['black', 'image']);
    expect(first.cancelled).toBe(true);
  });
});

test('a video image of another camera continues the timestamps, and is closed', async () => {
  const [bench, first, second] = [new Bench(), openCamera(), openCamera()];
  void bench.sink.take(first.readable, true);
  await settled();
  await first.give(5_000_000);
  await bench.finishVideo();
  void bench.sink.take(second.readable, true);
  await settled();
  for (const time of [0, 40_000]) {
    await second.give(time);
    await bench.finishVideo();
  }
  expect(bench.out.map(([time]) => time)).toEqual([5_000_000, 5_033_333, 5_073_333]);
  expect(FakeFrame.open.size).toBe(0);
});

test('a sink whose track is stopped releases the camera, and leaves no frame open', async () => {
  const [bench, camera] = [new Bench(), openCamera()];
  const over = bench.sink.take(camera.readable, true);
  await settled();
  await camera.give(1_000);
  await camera.give(34_000);
  bench.stop();
  await bench.finish();
  await bench.finish();
  await expect(over).resolves.toBe(true);
  expect([camera.cancelled, FakeFrame.open.size, FakeBitmap.open.size]).toEqual([true, 0, 0]);
});

/** All events of a sink. */
const STEPS = [
  'a frame',
  'another camera',
  'an image',
  'a video image',
  'no image',
  'an error',
  'off',
  'on',
  'the camera ends',
  'the camera fails',
  'stopped',
  'ended',
] as const;

test('no frame and no image stays open after any order of events', async () => {
  const step = fc.record({ what: fc.constantFrom(...STEPS), waits: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      stubMedia();
      const bench = new Bench();
      let camera = openCamera();
      const taken = [bench.sink.take(camera.readable, true)];
      await settled();
      let live = true;
      for (const { what, waits } of steps) {
        switch (what) {
          case 'a frame':
            if (live && !camera.cancelled) await camera.give(taken.length * 1_000);
            break;
          case 'another camera':
            camera = openCamera();
            live = true;
            taken.push(bench.sink.take(camera.readable, true));
            break;
          case 'an image':
            bench.made.shift()?.settle({ image: bitmap(), hasAlpha: false });
            break;
          case 'a video image':
            await bench.finishVideo();
            break;
          case 'no image':
            bench.made.shift()?.settle(undefined);
            break;
          case 'an error':
            // The image is already closed.
            bench.made.shift()?.settle({ image: { close() {} } as ImageBitmap, hasAlpha: false });
            break;
          case 'off':
          case 'on':
            bench.sink.enable(what === 'on');
            break;
          case 'the camera ends':
          case 'the camera fails':
            if (live && !camera.cancelled) camera[what === 'the camera ends' ? 'end' : 'fail']();
            live = false;
            break;
          case 'stopped':
            bench.stop();
            break;
          case 'ended':
            void bench.sink.end();
            break;
        }
        if (waits) await settled();
      }
      const ended = bench.sink.end();
      for (let left = true; left; left = bench.made.length > 0) await bench.finish();
      await Promise.all([ended, ...taken]);
      expect([FakeFrame.open.size, FakeBitmap.open.size]).toEqual([0, 0]);
      const times = bench.out.map(([time]) => time);
      expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    }),
    { numRuns: 150 },
  );
}, 60_000);
