import { afterEach, expect, test, vi } from 'vitest';
import { BackgroundTransform, replaceBackground } from '../../../../ts/src/adapters/streams.js';
import { VirtualBackground } from '../../../../ts/src/index.js';
import type { InsertableStreams } from '../../../../ts/src/page/tracks/process-track.js';
import { describeOnAllBackends } from '../../matrix.js';
import { countWorkers } from '../helpers/camera.js';
import { pause, readPixels } from '../helpers/pixels.js';
import { countResources, type ResourceCounter } from '../helpers/resource-counter.js';
import {
  BACKGROUND,
  countMarker,
  cut,
  drawScene,
  loadAstronaut,
  meanDifference,
  paintScene,
} from '../helpers/scene.js';

const { MediaStreamTrackGenerator, MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;

const BLUE = { kind: 'color', color: '#2040c0' } as const;
const BLUE_LEVELS = [32, 64, 192];

let resources: ResourceCounter | undefined;
let background: VirtualBackground | undefined;
let tracks: MediaStreamTrack[] = [];

afterEach(async () => {
  await background?.destroy();
  resources?.close();
  for (const track of tracks) track.stop();
  background = undefined;
  resources = undefined;
  tracks = [];
});

test.each(['webgl', 'webgpu'] as const)(
  'on %s a processed track shows the effect at the timestamps of its frames',
  async (backend) => {
    background = await VirtualBackground.create({ backend, effect: BLUE, quality: 'high' });
    const { track, write } = await camera();
    const processed = await background.processTrack(track);
    expect([processed.kind, processed.readyState]).toEqual(['video', 'live']);
    const frames = new MediaStreamTrackProcessor({ track: processed }).readable.getReader();
    for (const timestamp of [1_000, 34_000, 67_000]) {
      await write(timestamp);
      const { value: frame } = await frames.read();
      if (!frame) throw new Error('the track ended');
      expect([frame.timestamp, frame.displayWidth, frame.displayHeight]).toEqual([timestamp, 320, 180]);
      const pixels = readPixels(frame, 320, 180);
      expect(distance(pixels, BLUE_LEVELS)).toBeLessThanOrEqual(2);
      expect(countMarker(pixels)).toBe(0);
      frame.close();
    }
    expect((await background.metrics()).frames).toMatchObject({
      in: 3,
      processed: 3,
      dropped: 0,
      hidden: 0,
      raw: 0,
    });
  },
);

test('a camera replaces one that has just ended, or was switched off', async () => {
  background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE, quality: 'high' });
  const [first, second, third] = [await camera(), await camera(), await camera()];
  const ended = await background.processTrack(first.track);
  first.track.stop();
  // The output does not report the end yet.
  expect(ended.readyState).toBe('live');
  const processed = await background.processTrack(second.track);
  expect([ended.readyState, processed.readyState]).toEqual(['ended', 'live']);
  const frames = new MediaStreamTrackProcessor({ track: processed }).readable.getReader();
  await second.write(0);
  const { value: frame } = await frames.read();
  expect(frame?.displayWidth).toBe(320);
  frame?.close();

  second.track.enabled = false;
  await vi.waitFor(() => expect(processed.enabled).toBe(false), 10_000);
  expect(await background.processTrack(third.track)).toBe(processed);
  await vi.waitFor(() => expect(processed.enabled).toBe(true), 10_000);
});

test('a transform and a replaced track destroy their background when they end', async () => {
  const workers = countWorkers();
  try {
    const [first, second, third] = [await camera(), await camera(), await camera()];
    const transform = await BackgroundTransform.create({ backend: 'webgl', effect: BLUE });
    const { readable } = new MediaStreamTrackProcessor({ track: first.track });
    const generator = new MediaStreamTrackGenerator({ kind: 'video' });
    tracks.push(generator);
    const piped = readable.pipeThrough(transform).pipeTo(generator.writable);
    const frames = new MediaStreamTrackProcessor({ track: generator }).readable.getReader();
    await first.write(40_000);
    const { value: frame } = await frames.read();
    if (!frame) throw new Error('the track ended');
    expect(frame.timestamp).toBe(40_000);
    expect(distance(readPixels(frame, 320, 180), BLUE_LEVELS)).toBeLessThanOrEqual(2);
    frame.close();
    await transform.background.setEffect({ kind: 'color', color: '#0a5c36' });
    await first.end();
    await piped;
    await vi.waitFor(() => expect(workers.alive).toBe(0), 30_000);

    const given = await BackgroundTransform.create({ backend: 'webgl', effect: BLUE });
    // The reader cancels the output.
    await given.readable.cancel();
    await vi.waitFor(() => expect(workers.alive).toBe(0), 30_000);

    const following = await replaceBackground(second.track, { backend: 'webgl', effect: BLUE });
    expect(following.track.readyState).toBe('live');
    await second.end();
    await vi.waitFor(() => expect(following.track.readyState).toBe('ended'), 30_000);
    await vi.waitFor(() => expect(workers.alive).toBe(0), 30_000);

    // Without a new frame, a worker cannot detect that the output has no consumer any more.
    const stopped = await replaceBackground(third.track, { backend: 'webgl', effect: BLUE });
    stopped.track.stop();
    await vi.waitFor(() => expect(workers.alive).toBe(0), 30_000);

    const abort = new AbortController();
    const options = { backend: 'webgl', effect: BLUE, signal: abort.signal } as const;
    const { processTrack } = VirtualBackground.prototype;
    const late = vi.spyOn(VirtualBackground.prototype, 'processTrack').mockImplementation(async function (
      this: VirtualBackground,
      camera,
    ) {
      const track = await processTrack.call(this, camera);
      abort.abort('no caller waits for it');
      return track;
    });
    await expect(replaceBackground(third.track, options)).rejects.toBe('no caller waits for it');
    late.mockRestore();
    await vi.waitFor(() => expect(workers.alive).toBe(0), 30_000);

    const { track, stop } = await replaceBackground(third.track, { backend: 'webgl', effect: BLUE });
    await stop();
    expect([track.readyState, third.track.readyState, workers.alive]).toEqual(['ended', 'live', 0]);
    third.track.stop();
    await expect(replaceBackground(third.track)).rejects.toMatchObject({ code: 'option' });
    expect(workers.alive).toBe(0);
  } finally {
    workers.close();
  }
});

describeOnAllBackends((backend) => {
  test('the far side of a call sees the effect', async () => {
    background = await VirtualBackground.create({ backend, effect: BLUE });
    const { track, write } = await camera();
    const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
    const video = document.createElement('video');
    video.muted = true;
    try {
      near.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate);
      far.onicecandidate = ({ candidate }) => void near.addIceCandidate(candidate);
      far.ontrack = ({ track: received }) => {
        video.srcObject = new MediaStream([received]);
        void video.play();
      };
      near.addTrack(await background.processTrack(track));
      await near.setLocalDescription();
      await far.setRemoteDescription(near.localDescription as RTCSessionDescription);
      await far.setLocalDescription();
      await near.setRemoteDescription(far.localDescription as RTCSessionDescription);
      let seen: ImageData | undefined;
      for (let timestamp = 0; !seen; timestamp += 100_000) {
        await write(timestamp);
        await pause(100);
        if (video.videoWidth > 0 && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
          seen = readPixels(video, video.videoWidth, video.videoHeight);
        }
      }
      // The difference that a video codec leaves on a plain color.
      expect(distance(seen, BLUE_LEVELS)).toBeLessThan(16);
      expect(countMarker(seen)).toBe(0);
    } finally {
      near.close();
      far.close();
      video.srcObject = null;
    }
  });

  test('newer frames replace frames that arrive too fast, and no frame stays open', async () => {
    background = await VirtualBackground.create({ backend, effect: BLUE, worker: false });
    const canvas = await paintScene(320, 180);
    resources = countResources();
    const { readable, writable } = background.transform();
    const writer = writable.getWriter();
    const times: number[] = [];
    const reading = readable.pipeTo(
      new WritableStream<VideoFrame>({
        write(frame) {
          times.push(frame.timestamp);
          frame.close();
        },
      }),
    );
    for (let index = 0; index < 6; index += 1) {
      await writer.ready;
      await writer.write(new VideoFrame(canvas, { timestamp: index }));
    }
    await writer.close();
    await reading;
    const { dropped, processed } = (await background.metrics()).frames;
    expect(dropped).toBeGreaterThan(0);
    expect(times.length + dropped).toBe(6);
    expect(processed).toBe(times.length);
    expect(times.at(-1), 'the newest frame is not dropped').toBe(5);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(resources.frames.closed).toBe(resources.frames.opened);
    expect(resources.bitmaps.closed).toBe(resources.bitmaps.opened);
  });

  test('an aborted stream leaves no frame open', async () => {
    background = await VirtualBackground.create({ backend, effect: BLUE, worker: false });
    const canvas = await paintScene(320, 180);
    resources = countResources();
    const { frames } = resources;
    const { readable, writable } = background.transform();
    const writer = writable.getWriter();
    const reader = readable.getReader();
    for (let index = 0; index < 2; index += 1)
      await writer.write(new VideoFrame(canvas, { timestamp: index }));
    // One frame is in progress and one waits.
    await reader.cancel();
    await vi.waitFor(() => expect(frames.closed).toBe(frames.opened));
    expect(frames.opened).toBeGreaterThanOrEqual(2);
  });

  test('a processed track ends with its source and with the background, and its source does not end with it', async () => {
    background = await VirtualBackground.create({ backend, effect: BLUE });
    const [first, second, third] = [await camera(), await camera(), await camera()];
    const stopped = await background.processTrack(first.track);
    stopped.stop();
    expect(first.track.readyState).toBe('live');

    const following = await background.processTrack(second.track);
    await second.end();
    await vi.waitFor(() => expect(following.readyState).toBe('ended'), 10_000);

    const last = await background.processTrack(third.track);
    await background.destroy();
    await vi.waitFor(() => expect(last.readyState).toBe('ended'), 10_000);
    expect(third.track.readyState).toBe('live');
  });

  test('another camera replaces the first one in the same track', async () => {
    background = await VirtualBackground.create({ backend, effect: BLUE });
    const [first, second] = [await camera(), await camera()];
    const processed = await background.processTrack(first.track);
    const frames = new MediaStreamTrackProcessor({ track: processed }).readable.getReader();
    const times: number[] = [];
    const read = async () => {
      const { value: frame } = await frames.read();
      if (!frame) throw new Error('the track ended');
      times.push(frame.timestamp);
      expect(countMarker(readPixels(frame, 320, 180))).toBe(0);
      frame.close();
    };
    await first.write(5_000_000);
    await read();
    expect(await background.processTrack(second.track)).toBe(processed);
    expect(first.track.readyState).toBe('live');
    // The new camera's clock restarts. Encoders would drop frames with timestamps before the last one.
    for (const timestamp of [0, 40_000]) {
      await second.write(timestamp);
      await read();
    }
    expect(times[1]).toBeGreaterThan(5_000_000);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBe(40_000);
  });

  test('rotated frames come out in their display orientation', async () => {
    background = await VirtualBackground.create({ backend, effect: BLUE });
    // A frame of 180x320 that is shown rotated by a quarter.
    const portrait = await paintScene(320, 180);
    const turned = new OffscreenCanvas(180, 320);
    const context = turned.getContext('2d');
    context?.translate(0, 320);
    context?.rotate(-Math.PI / 2);
    context?.drawImage(portrait, 0, 0);
    const frame = new VideoFrame(turned, { timestamp: 0, rotation: 90 } as VideoFrameInit);
    const [lying, standing] = [await background.processFrame(frame), await background.processFrame(portrait)];
    frame.close();
    expect([lying.width, lying.height]).toEqual([320, 180]);
    const [a, b] = [lying, standing].map(({ image }) => readPixels(image, 320, 180)) as [
      ImageData,
      ImageData,
    ];
    expect(meanDifference(a, b)).toBeLessThan(2);
  });

  test('a browser without streams of frames shows the effect on the canvas path', async () => {
    const missing = globalThis as { MediaStreamTrackGenerator?: unknown };
    const kept = missing.MediaStreamTrackGenerator;
    delete missing.MediaStreamTrackGenerator;
    const canvas = await paintScene(320, 180);
    const [track] = canvas.captureStream(5).getVideoTracks();
    if (!track) throw new Error('the canvas gave no track');
    tracks.push(track);
    const [context, astronaut] = [canvas.getContext('2d'), await loadAstronaut()];
    if (!context) throw new Error('there is no 2D context');
    const timer = setInterval(() => drawScene(context, astronaut, performance.now() / 1000), 200);
    try {
      background = await VirtualBackground.create({ backend, effect: BLUE, quality: 'high' });
      const processed = await background.processTrack(track);
      const frames = new MediaStreamTrackProcessor({ track: processed }).readable.getReader();
      for (let count = 0; count < 3; ) {
        const { value: frame } = await frames.read();
        if (!frame) throw new Error('the track ended');
        const pixels = readPixels(frame, frame.displayWidth, frame.displayHeight);
        for (const region of BACKGROUND) expect(countMarker(cut(pixels, region))).toBe(0);
        // The canvas is blank before the first image.
        if (distance(pixels, BLUE_LEVELS) <= 2) count += 1;
        frame.close();
      }
      await background.destroy();
      await vi.waitFor(() => expect(processed.readyState).toBe('ended'), 10_000);
      expect(track.readyState).toBe('live');
    } finally {
      clearInterval(timer);
      missing.MediaStreamTrackGenerator = kept;
    }
  });

  test('anything but a live video track is refused with a reason', async () => {
    background = await VirtualBackground.create({ backend, effect: BLUE });
    const context = new AudioContext();
    const [sound] = context.createMediaStreamDestination().stream.getAudioTracks();
    const { track } = await camera();
    track.stop();
    const refused = [
      [sound, 'of kind "audio"'],
      [track, 'ended'],
      [document.createElement('video'), 'HTMLVideoElement'],
    ] as const;
    for (const [given, reason] of refused) {
      const failure = background.processTrack(given as MediaStreamTrack);
      await expect(failure).rejects.toMatchObject({
        code: 'option',
        message: expect.stringContaining(reason),
      });
    }
    await context.close();
    await background.destroy();
    await expect(background.processTrack((await camera()).track)).rejects.toMatchObject({
      code: 'destroyed',
    });
    expect(() => background?.transform()).toThrowError(expect.objectContaining({ code: 'destroyed' }));
  });
});

/** The greatest difference of the first pixel from a color, in levels. */
function distance({ data }: ImageData, color: readonly number[]): number {
  return Math.max(...color.map((level, channel) => Math.abs(level - (data[channel] ?? 0))));
}

/** A track of the scene that has a frame only when one is written. */
async function camera() {
  const canvas = await paintScene(320, 180);
  const track = new MediaStreamTrackGenerator({ kind: 'video' });
  tracks.push(track);
  const writer = track.writable.getWriter();
  return {
    track: track as MediaStreamTrack,
    write: (timestamp: number) => writer.write(new VideoFrame(canvas, { timestamp })),
    end: () => writer.close(),
  };
}
