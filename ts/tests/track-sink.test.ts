import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FrameTransformer, MadeFrame } from '../src/shared/frame-relay.js';
import { Timeline, TrackSink } from '../src/worker/track-sink.js';
import { bitmap, FakeBitmap, FakeFrame, frameAt, settled, stubMedia } from './fake-media.js';

beforeEach(stubMedia);
afterEach(() => vi.unstubAllGlobals());

describe('times', () => {
  test('of one camera stay as they are', () => {
    const timeline = new Timeline();
    timeline.begin();
    expect([1_000, 34_000, 70_000].map((time) => timeline.at(time))).toEqual([1_000, 34_000, 70_000]);
  });

  test('of another camera go on after the last frame of the one before, whatever its clock says', () => {
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

  test('go on by a frame where the clock was set back, and keep its steps from there', () => {
    const timeline = new Timeline();
    timeline.begin();
    const hour = 3_600_000_000;
    for (const time of [hour, hour + 33_000]) timeline.at(time);
    expect([0, 33_000, 66_000].map((time) => timeline.at(time) - hour)).toEqual([66_333, 99_333, 132_333]);
  });

  test('jump with a clock that jumps an hour ahead, once, and go on when it jumps back', () => {
    const timeline = new Timeline();
    timeline.begin();
    const hour = 3_600_000_000;
    const times = [0, 33_000, hour, hour + 33_000, 66_000, 99_000].map((time) => timeline.at(time));
    expect(times).toEqual([0, 33_000, hour, hour + 33_000, hour + 66_333, hour + 99_333]);
  });

  test('rise where the clock stands still, or gives the least time that there is', () => {
    for (const stands of [5_000, -(2 ** 63)]) {
      const timeline = new Timeline();
      timeline.begin();
      const times = [1, 2, 3, 4].map(() => timeline.at(stands));
      expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    }
  });

  test('of what came in nowhere lie between those of the frames', () => {
    const timeline = new Timeline();
    timeline.begin();
    timeline.at(1_000_000);
    expect(timeline.after(1_000)).toBe(1_001_000);
    expect(timeline.at(1_033_000)).toBe(1_033_000);
  });
});

/** What an outlet is made of: pictures are made when the test says so, and what goes out is written down. */
class Bench {
  readonly made: { settle(picture: MadeFrame | undefined): void }[] = [];
  /** What went out: its time, and whether it was black. */
  readonly out: [number, 'black' | 'picture'][] = [];
  dropped = 0;
  readonly outlet: TrackSink;
  #into: WritableStreamDefaultController | undefined;

  constructor() {
    const maker: FrameTransformer = {
      make: () => new Promise((settle) => this.made.push({ settle })),
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
        this.out.push([frame.timestamp, isBlack ? 'black' : 'picture']);
        frame.close();
      },
    });
    this.outlet = new TrackSink(maker, writable, () => {});
  }

  /** Finishes the oldest picture that is being made. */
  async finish(): Promise<void> {
    this.made.shift()?.settle({ image: bitmap(), hasAlpha: false });
    await settled();
  }

  /** As when the track is stopped. */
  stop(): void {
    this.#into?.error(new Error('the track was stopped'));
  }
}

/** A camera's stream: the browser keeps its newest picture, and makes a frame of it for whoever reads. */
function openCamera() {
  let into!: ReadableStreamDefaultController<VideoFrame>;
  let cancelled = false;
  let newest: number | undefined;
  let wanted = false;
  const meet = () => {
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
        meet();
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
      meet();
      await settled();
    },
    end: () => into.close(),
    fail: () => into.error(new Error('the camera was pulled out')),
  };
}

describe('a camera that is switched off', () => {
  test('is black from the first frame on, for which nothing is made, and is back with the first one after', async () => {
    const [bench, camera] = [new Bench(), openCamera()];
    void bench.outlet.take(camera.readable, false);
    await settled();
    await camera.give(1_000);
    await camera.give(34_000);
    expect(bench.made).toHaveLength(0);
    bench.outlet.enable(true);
    await camera.give(67_000);
    await bench.finish();
    expect(bench.out).toEqual([
      [1_000, 'black'],
      [34_000, 'black'],
      [67_000, 'picture'],
    ]);
    expect(bench.dropped).toBe(0);
  });

  test('is black at once, and neither what is being made nor what waits comes out', async () => {
    const [bench, camera] = [new Bench(), openCamera()];
    void bench.outlet.take(camera.readable, true);
    await settled();
    for (const time of [1_000, 34_000]) {
      await camera.give(time);
      await bench.finish();
    }
    await camera.give(67_000);
    await camera.give(100_000);
    bench.outlet.enable(false);
    await settled();
    expect(bench.out.at(-1)).toEqual([68_000, 'black']);
    bench.outlet.enable(true);
    await bench.finish();
    await camera.give(133_000);
    await bench.finish();
    expect(bench.out.slice(2)).toEqual([
      [68_000, 'black'],
      [133_000, 'picture'],
    ]);
    expect([FakeFrame.open.size, FakeBitmap.open.size, bench.dropped]).toEqual([0, 0, 2]);
  });

  test('shows nothing of itself where another takes its place', async () => {
    const [bench, first, second] = [new Bench(), openCamera(), openCamera()];
    void bench.outlet.take(first.readable, true);
    await settled();
    await first.give(1_000);
    bench.outlet.enable(false);
    void bench.outlet.take(second.readable, true);
    await settled();
    await bench.finish();
    await second.give(0);
    await bench.finish();
    const kinds = bench.out.map(([, kind]) => kind);
    expect(kinds).toEqual(['black', 'picture']);
    expect(first.cancelled).toBe(true);
  });
});

test('an outlet whose track was stopped gives the camera back, and leaves no frame open', async () => {
  const [bench, camera] = [new Bench(), openCamera()];
  const over = bench.outlet.take(camera.readable, true);
  await settled();
  await camera.give(1_000);
  await camera.give(34_000);
  bench.stop();
  await bench.finish();
  await bench.finish();
  await expect(over).resolves.toBe(true);
  expect([camera.cancelled, FakeFrame.open.size, FakeBitmap.open.size]).toEqual([true, 0, 0]);
});

/** Everything that can happen to an outlet, in any order. */
const STEPS = [
  'a frame',
  'another camera',
  'a picture',
  'no picture',
  'an error',
  'off',
  'on',
  'the camera ends',
  'the camera fails',
  'stopped',
  'ended',
] as const;

test('whatever happens in whatever order, no frame and no picture stays open', async () => {
  const step = fc.record({ what: fc.constantFrom(...STEPS), waits: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      stubMedia();
      const bench = new Bench();
      let camera = openCamera();
      const taken = [bench.outlet.take(camera.readable, true)];
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
            taken.push(bench.outlet.take(camera.readable, true));
            break;
          case 'a picture':
            bench.made.shift()?.settle({ image: bitmap(), hasAlpha: false });
            break;
          case 'no picture':
            bench.made.shift()?.settle(undefined);
            break;
          case 'an error':
            // A picture that is closed already.
            bench.made.shift()?.settle({ image: { close() {} } as ImageBitmap, hasAlpha: false });
            break;
          case 'off':
          case 'on':
            bench.outlet.enable(what === 'on');
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
            void bench.outlet.end();
            break;
        }
        if (waits) await settled();
      }
      const ended = bench.outlet.end();
      for (let left = true; left; left = bench.made.length > 0) await bench.finish();
      await Promise.all([ended, ...taken]);
      expect([FakeFrame.open.size, FakeBitmap.open.size]).toEqual([0, 0]);
      const times = bench.out.map(([time]) => time);
      expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    }),
    { numRuns: 150 },
  );
}, 60_000);
