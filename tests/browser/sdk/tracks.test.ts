import { afterEach, describe, expect, test, vi } from 'vitest';
import { processOnCanvas } from '../../../ts/src/canvas-track.js';
import { VirtualBackground } from '../../../ts/src/index.js';
import type { InsertableStreams } from '../../../ts/src/tracks.js';
import { distance, openCamera } from './camera.js';
import { type Ledger, openLedger } from './ledger.js';
import { pause, readPixels } from './pixels.js';
import { countMarker } from './scene.js';

const { MediaStreamTrackGenerator, MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;

const BLUE = { kind: 'color', color: '#2040c0' } as const;
const [BLACK_LEVELS, BLUE_LEVELS] = [
  [0, 0, 0],
  [32, 64, 192],
];
/** What the corner of a frame shows, where nobody is. */
type Corner = 'black' | 'blue' | 'another colour';

let background: VirtualBackground | undefined;
let ledger: Ledger | undefined;
let cameras: MediaStreamTrack[] = [];

afterEach(async () => {
  await background?.destroy();
  ledger?.close();
  for (const camera of cameras) camera.stop();
  background = undefined;
  ledger = undefined;
  cameras = [];
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  Object.assign(globalThis, { MediaStreamTrackGenerator });
});

async function camera(frameRate = 15): Promise<MediaStreamTrack> {
  const track = await openCamera(frameRate);
  cameras.push(track);
  return track;
}

/** Looks at every frame of a track. */
function watch(track: MediaStreamTrack) {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  const seen: Corner[] = [];
  let raw = 0;
  const read = async () => {
    for (;;) {
      const { value: frame } = await reader.read();
      if (!frame) return;
      const pixels = readPixels(frame, 320, 180);
      frame.close();
      const corner = readPixelsOf(pixels);
      raw += countMarker(pixels) > 0 ? 1 : 0;
      seen.push(corner);
    }
  };
  const done = read();
  return {
    seen,
    get raw() {
      return raw;
    },
    /** Waits until the newest of so many frames in a row shows something. */
    async until(corner: Corner, count = 1) {
      const from = seen.length;
      await vi.waitFor(() => {
        const newest = seen.slice(from).slice(-count);
        expect(newest.length).toBe(count);
        expect(new Set(newest)).toEqual(new Set([corner]));
      }, 60_000);
    },
    async close() {
      await reader.cancel();
      await done;
    },
  };
}

function readPixelsOf({ data, width }: ImageData): Corner {
  const corner = { data: data.slice(0, 4), width } as ImageData;
  if (distance(corner, BLACK_LEVELS as number[]) < 8) return 'black';
  return distance(corner, BLUE_LEVELS as number[]) < 8 ? 'blue' : 'another colour';
}

describe.each(['by streams', 'by a canvas'] as const)('%s', (way) => {
  const open = async (track: MediaStreamTrack) => {
    if (way === 'by a canvas') {
      vi.stubGlobal('MediaStreamTrackGenerator', undefined);
      Reflect.deleteProperty(globalThis, 'MediaStreamTrackGenerator');
    }
    background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE });
    const errors: string[] = [];
    background.addEventListener('error', ({ detail }) => errors.push(detail.message));
    return { output: await background.process(track), errors };
  };

  test('a camera that is off is black from the first frame on, is back when it is switched on, and is no error', async () => {
    const track = await camera();
    track.enabled = false;
    const { output, errors } = await open(track);
    const frames = watch(output);
    await frames.until('black');
    // Long enough for a look at the mask.
    await pause(1500);
    expect(new Set(frames.seen)).toEqual(new Set(['black']));
    expect(output.enabled).toBe(false);
    for (let round = 0; round < 2; round += 1) {
      track.enabled = true;
      await frames.until('blue', 3);
      track.enabled = false;
      await frames.until('black');
    }
    expect([frames.raw, errors, output.readyState]).toEqual([0, [], 'live']);
    await frames.close();
  });

  test('an output that the app has muted stays black while the camera comes and goes, and its clone does not', async () => {
    const track = await camera();
    const { output } = await open(track);
    const clone = output.clone();
    const [frames, cloned] = [watch(output), watch(clone)];
    await frames.until('blue');
    output.enabled = false;
    await frames.until('black', 2);
    const before = frames.seen.length;
    track.enabled = false;
    await cloned.until('black');
    track.enabled = true;
    await cloned.until('blue', 3);
    await pause(600);
    expect(new Set(frames.seen.slice(before))).toEqual(new Set(['black']));
    output.enabled = true;
    await frames.until('blue');
    await Promise.all([frames.close(), cloned.close()]);
    clone.stop();
  });

  test("the camera's hint goes with its frames", async () => {
    const [first, second] = [await camera(), await camera()];
    first.contentHint = 'motion';
    const { output } = await open(first);
    expect(output.contentHint).toBe('motion');
    await background?.process(second);
    expect(output.contentHint).toBe('');
    second.contentHint = 'detail';
    await vi.waitFor(() => expect(output.contentHint).toBe('detail'), 10_000);
  });
});

test('a camera that ends while it waits for its turn is told by its name', async () => {
  background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE });
  const [first, second] = [await camera(), await camera()];
  const given = background.process(first);
  const next = background.process(second);
  first.stop();
  // Where it was its turn already, the track ends with the camera.
  const outcome = await given.then(
    () => 'a track',
    ({ code, message }) => `${code}: ${message}`,
  );
  expect(['a track', 'option: track has ended: it must be live']).toContain(outcome);
  expect((await next).readyState).toBe('live');
});

test('outputs that are stopped in the middle leave no frame open', async () => {
  background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE, worker: false });
  const track = await camera(30);
  ledger = openLedger();
  const { frames, bitmaps } = ledger;
  for (let round = 0; round < 5; round += 1) {
    const output = await background.process(track);
    await pause(200 + 37 * round);
    output.stop();
  }
  await background.destroy();
  await vi.waitFor(() => {
    expect(frames.closed).toBeGreaterThanOrEqual(frames.opened);
    expect(bitmaps.closed).toBeGreaterThanOrEqual(bitmaps.opened);
  }, 10_000);
  expect(frames.opened).toBeGreaterThan(0);
});

describe('a way that fails', () => {
  const refuse = () => {
    throw new DOMException('refused by the test', 'DataCloneError');
  };
  const obstacles = {
    'a generator that refuses': () =>
      vi.stubGlobal(
        'MediaStreamTrackGenerator',
        class {
          constructor() {
            refuse();
          }
        },
      ),
    'a processor that refuses': () =>
      vi.stubGlobal(
        'MediaStreamTrackProcessor',
        class {
          constructor() {
            refuse();
          }
        },
      ),
    'streams that cannot be transferred': () => {
      const { postMessage } = MessagePort.prototype;
      vi.spyOn(MessagePort.prototype, 'postMessage').mockImplementation(function (
        this: MessagePort,
        message,
        transfer,
      ) {
        const sent = Array.isArray(transfer) ? transfer : [];
        if (sent.some((one) => one instanceof ReadableStream)) refuse();
        postMessage.call(this, message, sent);
      });
    },
  };

  test.each(Object.entries(obstacles))(
    '%s makes way for a canvas, which a warning says',
    async (_, prepare) => {
      const track = await camera();
      const warnings: string[] = [];
      const logger = { debug() {}, info() {}, warn: (message: string) => warnings.push(message), error() {} };
      background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE, logger });
      prepare();
      const output = await background.process(track);
      expect(warnings).toEqual([expect.stringContaining('refused by the test')]);
      expect(output).toHaveProperty('canvas');
      const frames = watch(output);
      await frames.until('blue', 3);
      expect(frames.raw).toBe(0);
      await frames.close();
    },
  );

  test('a canvas that cannot be captured is the last: an error says so, and nothing stays with the camera', async () => {
    const track = await camera();
    background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE });
    Reflect.deleteProperty(globalThis, 'MediaStreamTrackGenerator');
    vi.spyOn(HTMLCanvasElement.prototype, 'captureStream').mockImplementation(refuse);
    await expect(background.process(track)).rejects.toMatchObject({
      code: 'unsupported',
      cause: expect.objectContaining({ message: 'refused by the test' }),
    });
    expect([Object.hasOwn(track, 'enabled'), track.readyState]).toEqual([false, 'live']);
  });

  test('a browser that tells of no frame of a video has a timer look', async () => {
    const track = await camera();
    background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE });
    Reflect.deleteProperty(globalThis, 'MediaStreamTrackGenerator');
    const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
    Reflect.deleteProperty(HTMLVideoElement.prototype, 'requestVideoFrameCallback');
    try {
      const frames = watch(await background.process(track));
      await frames.until('blue');
      track.enabled = false;
      await frames.until('black');
      expect(frames.raw).toBe(0);
      await frames.close();
    } finally {
      Object.assign(HTMLVideoElement.prototype, { requestVideoFrameCallback });
    }
  });
});

test('a timer that may not start in a worker is the one of the page, which is told', async () => {
  const track = await camera();
  const warnings: string[] = [];
  const end = new AbortController();
  const maker = {
    make: (frame: ImageBitmap) => createImageBitmap(frame),
    drop() {},
    warn: (message: string) => void warnings.push(message),
  };
  vi.stubGlobal(
    'Worker',
    class {
      constructor() {
        throw new DOMException('refused by the policy', 'SecurityError');
      }
    },
  );
  const { output } = processOnCanvas(track, maker, end.signal);
  expect(warnings).toEqual([expect.stringContaining('worker-src')]);
  const ended = new Promise((resolve) => output.addEventListener('ended', resolve));
  // Nothing but a tick sees this.
  track.stop();
  await ended;
  end.abort();
});

test('a track of another window of the same origin is processed', async () => {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  try {
    const inner = frame.contentDocument?.createElement('canvas');
    const context = inner?.getContext('2d', { alpha: false });
    if (!inner || !context) throw new Error('the frame has no canvas');
    const [track] = inner.captureStream(15).getVideoTracks();
    if (!track) throw new Error('the canvas gave no track');
    expect(track).not.toBeInstanceOf(MediaStreamTrack);
    cameras.push(track);
    background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE });
    const frames = watch(await background.process(track));
    const timer = setInterval(() => context.fillRect(0, 0, 320, 180), 60);
    await frames.until('blue');
    track.enabled = false;
    await frames.until('black');
    clearInterval(timer);
    await frames.close();
  } finally {
    frame.remove();
  }
});
