import { afterEach, describe, expect, test, vi } from 'vitest';
import { VirtualBackground } from '../../../../ts/src/index.js';
import { processOnCanvas } from '../../../../ts/src/page/tracks/canvas-track.js';
import type { InsertableStreams } from '../../../../ts/src/page/tracks/process-track.js';
import { openCamera } from '../helpers/camera.js';
import { pause } from '../helpers/pixels.js';
import { countResources, type ResourceCounter } from '../helpers/resource-counter.js';
import { BLUE, watch } from '../helpers/track-frames.js';

const { MediaStreamTrackGenerator } = globalThis as unknown as InsertableStreams;

let background: VirtualBackground | undefined;
let resources: ResourceCounter | undefined;
let cameras: MediaStreamTrack[] = [];

afterEach(async () => {
  await background?.destroy();
  resources?.close();
  for (const camera of cameras) camera.stop();
  background = undefined;
  resources = undefined;
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

describe.each(['by streams', 'by a canvas'] as const)('%s', (path) => {
  const open = async (track: MediaStreamTrack) => {
    if (path === 'by a canvas') {
      vi.stubGlobal('MediaStreamTrackGenerator', undefined);
      Reflect.deleteProperty(globalThis, 'MediaStreamTrackGenerator');
    }
    background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE });
    const errors: string[] = [];
    background.addEventListener('error', ({ detail }) => errors.push(detail.message));
    return { output: await background.processTrack(track), errors };
  };

  test('a camera that is off is black from the first frame on, is shown when it is switched on, and is no error', async () => {
    const track = await camera();
    track.enabled = false;
    const { output, errors } = await open(track);
    const frames = watch(output);
    await frames.until('black');
    // Long enough for a check of the mask.
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

  test('an output that the app muted stays black while the camera is switched off and on, and its clone does not', async () => {
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

  test("the output has the camera's content hint", async () => {
    const [first, second] = [await camera(), await camera()];
    first.contentHint = 'motion';
    const { output } = await open(first);
    expect(output.contentHint).toBe('motion');
    await background?.processTrack(second);
    expect(output.contentHint).toBe('');
    second.contentHint = 'detail';
    await vi.waitFor(() => expect(output.contentHint).toBe('detail'), 10_000);
  });
});

test('the error names a camera that ends while it waits for its turn', async () => {
  background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE });
  const [first, second] = [await camera(), await camera()];
  const given = background.processTrack(first);
  const next = background.processTrack(second);
  first.stop();
  // If it was its turn already, the track ends with the camera.
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
  resources = countResources();
  const { frames, bitmaps } = resources;
  for (let round = 0; round < 5; round += 1) {
    const output = await background.processTrack(track);
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

test('a timer that cannot start in a worker runs on the page, with a warning', async () => {
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
  // Only the timer can notice this.
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
    const frames = watch(await background.processTrack(track));
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
