/** A consumer that is slower than the camera: frames are dropped, but none is repeated, swapped or given another time. */
import { afterEach, expect, test } from 'vitest';
import { VirtualBackground } from '../../../../ts/src/index.js';
import type { InsertableStreams } from '../../../../ts/src/page/tracks/process-track.js';
import { describeOnBackends } from '../../matrix.js';
import { pause, readPixels } from '../helpers/pixels.js';
import { frameOf } from '../helpers/raw-frames.js';
import { BACKGROUND, countMarker, cut, paintScene } from '../helpers/scene.js';

const { MediaStreamTrackGenerator, MediaStreamTrackProcessor } =
  globalThis as unknown as InsertableStreams & {
    MediaStreamTrackGenerator: new (init: {
      kind: 'video';
    }) => MediaStreamTrack & {
      writable: WritableStream<VideoFrame>;
    };
  };

const [WIDTH, HEIGHT] = [320, 180];
const FRAMES = 40;
/** Time between two frames of the camera, in microseconds. */
const INTERVAL = 33_333;
/** How long the camera waits between two frames, and the consumer after each frame, in milliseconds. */
const [QUICK, SLOW] = [10, 60];
/** A part of the person's chest, in pixels, and the gray of frame 0 there and of each later one, in levels. */
const PATCH = { x: 125, y: 95, width: 20, height: 14 };
const [FIRST, STEP] = [10, 6];

/** What one output frame shows. */
interface Seen {
  timestamp: number;
  duration: number | null;
  /** The number in the person's area. */
  number: number;
  leaked: boolean;
}

let background: VirtualBackground | undefined;

afterEach(async () => {
  await background?.destroy();
  background = undefined;
});

describeOnBackends((backend) => {
  async function open(): Promise<VirtualBackground> {
    const effect = { kind: 'color', color: '#2040c0' } as const;
    background = await VirtualBackground.create({
      backend,
      effect,
      quality: 'high',
      temporalSmoothing: false,
    });
    return background;
  }

  test('a stream processes each frame once, in order, with the camera’s times', async () => {
    const opened = await open();
    const { readable, writable } = opened.transform();
    const reading = readAll(readable);
    await writeAll(writable.getWriter(), true);
    const seen = await reading;
    expectInOrder(seen);
    const { processed, dropped, failed, hidden } = (await opened.metrics()).frames;
    expect({ processed, dropped, failed, hidden }).toEqual({
      processed: seen.length,
      dropped: FRAMES - seen.length,
      failed: 0,
      hidden: 0,
    });
    expect(dropped, 'the consumer is slower').toBeGreaterThan(0);
    expect(seen.at(-1)?.number, 'the newest frame is never the one that is dropped').toBe(FRAMES - 1);
  });

  test('a track shows each frame once, in order, with the camera’s times', async () => {
    const opened = await open();
    const camera = new MediaStreamTrackGenerator({ kind: 'video' });
    const track = await opened.processTrack(camera);
    const reading = readAll(new MediaStreamTrackProcessor({ track }).readable);
    await writeAll(camera.writable.getWriter(), false);
    await pause(500);
    camera.stop();
    track.stop();
    expectInOrder(await reading);
  });
});

/** Reads a stream to its end, slowly. */
async function readAll(readable: ReadableStream<VideoFrame>): Promise<Seen[]> {
  const seen: Seen[] = [];
  const reader = readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    seen.push(inspect(next.value));
    next.value.close();
    await pause(SLOW);
  }
  return seen;
}

/** Writes the numbered frames like a camera, which waits for no consumer. */
async function writeAll(writer: WritableStreamDefaultWriter<VideoFrame>, closes: boolean): Promise<void> {
  const canvas = await paintScene(WIDTH, HEIGHT);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('the scene has no 2D context');
  const { x, y, width, height } = PATCH;
  for (let number = 0; number < FRAMES; number += 1) {
    const level = FIRST + STEP * number;
    context.fillStyle = `rgb(${level} ${level} ${level})`;
    context.fillRect(x, y, width, height);
    const times = { timestamp: number * INTERVAL, duration: INTERVAL };
    void writer.write(frameOf(readPixels(canvas, WIDTH, HEIGHT), 'I420', times));
    await pause(QUICK);
  }
  if (closes) await writer.close();
}

function inspect(frame: VideoFrame): Seen {
  const { timestamp, duration } = frame;
  const pixels = readPixels(frame, WIDTH, HEIGHT);
  const center = 4 * ((PATCH.y + PATCH.height / 2) * WIDTH + PATCH.x + PATCH.width / 2);
  const number = Math.round(((pixels.data[center] ?? Number.NaN) - FIRST) / STEP);
  return {
    timestamp,
    duration,
    number,
    leaked: BACKGROUND.some((part) => countMarker(cut(pixels, part)) > 0),
  };
}

function expectInOrder(seen: readonly Seen[]): void {
  expect(seen.length).toBeGreaterThan(3);
  const numbers = seen.map(({ number }) => number);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  for (const { timestamp, duration, number, leaked } of seen) {
    expect({ timestamp, duration, leaked }).toEqual({
      timestamp: number * INTERVAL,
      duration: INTERVAL,
      leaked: false,
    });
  }
}
