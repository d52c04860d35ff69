import { afterEach, describe, expect, test } from 'vitest';
import { VirtualBackground } from '../../../../ts/src/index.js';
import type { InsertableStreams } from '../../../../ts/src/page/tracks/process-track.js';
import { expectations, titles } from './survival-expectations.js';
import { scenarios } from './survival-scenarios.js';

const { MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;

let background: VirtualBackground | undefined;

afterEach(async () => {
  await background?.destroy();
  background = undefined;
});

describe.each(['streams', 'canvas'] as const)('by %s', (path) => {
  test(titles.unplugged, async () => expectations.unplugged(await scenarios.unplugged(path)));
  test(titles.muted, async () => expectations.muted(await scenarios.muted(path)));
  test(titles.resized, async () => expectations.resized(await scenarios.resized(path)));
});

test('a clock that jumps an hour ahead and back stops no encoder', async () => {
  const { counts, frames, late, errors } = await scenarios.clockJumps();
  expect([errors, late]).toEqual([[], 0]);
  expect(frames).toBeGreaterThan(100);
  for (const [part, count] of Object.entries(counts)) expect(count, part).toBeGreaterThan(10);
});

test('applyConstraints in the middle of a call changes the size and rate of the output', async () => {
  const size = (width: number, height: number) => ({ width: { exact: width }, height: { exact: height } });
  const stream = await navigator.mediaDevices.getUserMedia({ video: size(640, 360) });
  const [camera] = stream.getVideoTracks();
  if (!camera) throw new Error('the device has no camera');
  background = await VirtualBackground.create({
    backend: 'webgl',
    effect: { kind: 'blur' },
    quality: 'high',
  });
  const output = await background.processTrack(camera);
  const reader = new MediaStreamTrackProcessor({ track: output }).readable.getReader();
  const read = async (width: number) => {
    for (let frame = 0; frame < 300; frame += 1) {
      const { value } = await reader.read();
      const { displayWidth = 0, displayHeight = 0 } = value ?? {};
      value?.close();
      if (displayWidth === width) return displayHeight;
    }
    return undefined;
  };
  expect(await read(640)).toBe(360);
  for (const [width, height, frameRate] of [
    [320, 180, 15],
    [480, 360, 30],
    [640, 360, 15],
  ] as const) {
    await camera.applyConstraints({ ...size(width, height), frameRate });
    expect(await read(width), `${width}x${height}`).toBe(height);
  }
  const { hidden, failed, raw } = (await background.metrics()).frames;
  expect([hidden, failed, raw, output.readyState]).toEqual([0, 0, 0, 'live']);
  await reader.cancel();
  camera.stop();
});
