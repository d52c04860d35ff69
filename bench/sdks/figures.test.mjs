/** The marker of the camera's frames, and figures from invented frames. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencies, summarizeStart, summarizeWindow } from './figures.mjs';
import { MOST_FRAMES, read, rectangles, samples } from './page/marker.mjs';

const sizes = [
  { width: 1280, height: 720 },
  { width: 640, height: 360 },
  { width: 1920, height: 1080 },
];

/** Luma of a frame with a marker, as a function of its pixels. */
function frame(number, size) {
  const shapes = rectangles(number, size);
  return (x, y) => {
    const shape = shapes.find((s) => x >= s.x && x < s.x + s.width && y >= s.y && y < s.y + s.height);
    return shape ? shape.luma(x - shape.x, y - shape.y) : 100;
  };
}

/** Reads the marker of a frame, as the consumer does. */
function look(luma, size) {
  const { column, board } = samples({ x: 0, y: 0, ...size });
  const part = (rect) => ({ ...rect, at: (x, y) => luma(rect.x + x, rect.y + y) });
  return read(part(column), part(board));
}

for (const size of sizes) {
  test(`the marker of ${size.width}x${size.height} has the number of each frame`, () => {
    for (let number = 0; number < MOST_FRAMES; number++) {
      assert.deepEqual(look(frame(number, size), size), { number, kind: 'raw' });
    }
  });
}

test('blurred frames, placeholder frames and frames without a marker are distinguished', () => {
  const [size] = sizes;
  const luma = frame(77, size);
  const blurred = (x, y) => (luma(x, y) + luma(x + 4, y) + luma(x, y + 4) + luma(x + 4, y + 4)) / 4;
  assert.deepEqual(look(blurred, size), { number: 77, kind: 'processed' });
  for (const flat of [0, 128]) {
    assert.deepEqual(
      look(() => flat, size),
      { number: undefined, kind: 'other' },
    );
  }
});

test('a start has the time of the first processed frame, and the raw frames before it and in all', () => {
  const kinds = ['other', 'raw', 'raw', 'processed', 'processed', 'raw'];
  const output = kinds.map((kind, index) => ({ time: 1000 + 100 * index, kind }));
  assert.deepEqual(summarizeStart({ started: 500, output }), {
    firstProcessedMs: 800,
    rawFramesBefore: 2,
    rawFrames: 3,
  });
  assert.equal(summarizeStart({ started: 500, created: 900, output }).createToFirstMs, 400);
  const { firstProcessedMs, rawFramesBefore } = summarizeStart({ started: 0, output: output.slice(0, 3) });
  assert.deepEqual([firstProcessedMs, rawFramesBefore], [undefined, 2]);
});

test('a window counts the frames and the long tasks within it', () => {
  const output = [900, 1000, 2000, 3000, 3100].map((time) => ({ time }));
  const longTasks = [
    { time: 500, duration: 80 },
    { time: 1500, duration: 100 },
  ];
  assert.deepEqual(summarizeWindow({ begin: 1000, end: 3000, output, sizes: ['4x2'], longTasks }), {
    duration: 2000,
    frames: 3,
    fps: 1.5,
    sizes: ['4x2'],
    longTasks: 50,
  });
});

const film = { frameRate: 30, duration: 8000 };
/** Frames of the film, the first of them captured at `begin`, that arrive `delay` ms after their capture. */
const frames = ({ begin, first = 0, count, delay, every = 1 }) =>
  Array.from({ length: Math.ceil(count / every) }, (_, index) => {
    const number = (first + every * index) % 240;
    return { number, kind: 'processed', time: begin + (1000 * every * index) / 30 + delay };
  });
const near = (found, expected) => assert.ok(Math.abs(found - expected) < 0.1, `${found}, not ${expected}`);

test('latency is the time since the capture, also over the end of the film', () => {
  for (const first of [0, 100, 230]) {
    const camera = frames({ begin: 5_000_123, first, count: 150, delay: 0 });
    const output = frames({ begin: 5_000_123, first, count: 150, delay: 42 });
    const { latencyMs, latencyP95Ms, repeated } = latencies({ output, camera }, film);
    near(latencyMs, 42);
    near(latencyP95Ms, 42);
    near(repeated, 0);
  }
});

test('latency needs few of the camera’s own frames', () => {
  const camera = frames({ begin: 7_000, first: 30, count: 150, every: 30, delay: 0 });
  const output = frames({ begin: 7_000, first: 30, count: 150, every: 10, delay: 400 });
  near(latencies({ output, camera }, film).latencyMs, 400);
  assert.equal(latencies({ output, camera: [] }, film).latencyMs, undefined);
});

test('latency follows a film that stalls', () => {
  const part = (delay) => [
    ...frames({ begin: 10_000, count: 60, delay }),
    ...frames({ begin: 15_000, first: 60, count: 60, delay }),
  ];
  const { latencyMs, latencyP95Ms } = latencies({ output: part(20), camera: part(0) }, film);
  near(latencyMs, 20);
  near(latencyP95Ms, 20);
});

test('repeated and raw frames are counted, and frames without a number are not', () => {
  const output = [
    { time: 0, number: 1, kind: 'processed' },
    { time: 1, number: 1, kind: 'processed' },
    { time: 2, number: 2, kind: 'raw' },
    { time: 3, number: 3, kind: 'processed' },
    { time: 4 },
  ];
  const { repeated, rawFrames } = latencies({ output, camera: [] }, film);
  assert.deepEqual([repeated, rawFrames], [0.25, 1]);
});
