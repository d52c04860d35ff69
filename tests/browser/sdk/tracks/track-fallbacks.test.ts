/** Features that a browser has and then refuses. */
import { afterEach, expect, test, vi } from 'vitest';
import { VirtualBackground } from '../../../../ts/src/index.js';
import type { InsertableStreams } from '../../../../ts/src/page/tracks/process-track.js';
import { openCamera } from '../helpers/camera.js';
import { BLUE, watch } from '../helpers/track-frames.js';

const { MediaStreamTrackGenerator } = globalThis as unknown as InsertableStreams;

let background: VirtualBackground | undefined;
let track: MediaStreamTrack | undefined;

afterEach(async () => {
  await background?.destroy();
  track?.stop();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  Object.assign(globalThis, { MediaStreamTrackGenerator });
});

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
  '%s: the track uses a canvas instead, and a warning says so',
  async (_, prepare) => {
    track = await openCamera(15);
    const warnings: string[] = [];
    const logger = { debug() {}, info() {}, warn: (message: string) => warnings.push(message), error() {} };
    background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE, logger });
    prepare();
    const output = await background.processTrack(track);
    expect(warnings).toEqual([expect.stringContaining('refused by the test')]);
    expect(output).toHaveProperty('canvas');
    const frames = watch(output);
    await frames.until('blue', 3);
    expect(frames.raw).toBe(0);
    await frames.close();
  },
);

test('a failed capture of the canvas is an error, and nothing keeps the camera', async () => {
  track = await openCamera(15);
  background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE });
  Reflect.deleteProperty(globalThis, 'MediaStreamTrackGenerator');
  vi.spyOn(HTMLCanvasElement.prototype, 'captureStream').mockImplementation(refuse);
  await expect(background.processTrack(track)).rejects.toMatchObject({
    code: 'unsupported',
    cause: expect.objectContaining({ message: 'refused by the test' }),
  });
  expect([Object.hasOwn(track, 'enabled'), track.readyState]).toEqual([false, 'live']);
});

test('a timer reads frames if a browser reports no frame of a video', async () => {
  track = await openCamera(15);
  background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE });
  Reflect.deleteProperty(globalThis, 'MediaStreamTrackGenerator');
  const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
  Reflect.deleteProperty(HTMLVideoElement.prototype, 'requestVideoFrameCallback');
  try {
    const frames = watch(await background.processTrack(track));
    await frames.until('blue');
    track.enabled = false;
    await frames.until('black');
    expect(frames.raw).toBe(0);
    await frames.close();
  } finally {
    Object.assign(HTMLVideoElement.prototype, { requestVideoFrameCallback });
  }
});
