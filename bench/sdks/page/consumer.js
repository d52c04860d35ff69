/**
 * A worker that consumes tracks as a peer connection does: it reads each frame and closes it. In mode `count` it does nothing
 * else. In mode `read` it also reads the marker, outside of the timed window.
 */
import { read, samples } from './marker.mjs';

/** The largest number of frames whose markers are read at the same time. Others are counted only. */
const MOST_PENDING = 6;

let mode = 'read';
let pending = 0;
/** Frames since the last `take`, by the track's role. */
let frames = { output: [], camera: [] };
/** Sizes of the output since the start, in order of appearance. */
const sizes = [];

addEventListener('message', ({ data: { id, readable, role, ...request } }) => {
  if (readable) consume(readable, role).catch((error) => postMessage({ error: String(error) }));
  if (request.mode) mode = request.mode;
  if (id === undefined) return;
  postMessage({ id, ...frames, sizes });
  if (request.take) frames = { output: [], camera: [] };
});

async function consume(readable, role) {
  for await (const frame of readable) {
    const entry = { time: performance.timeOrigin + performance.now() };
    frames[role].push(entry);
    if (role === 'output') noteSize(frame);
    if (mode === 'count' || pending > MOST_PENDING) {
      frame.close();
      continue;
    }
    pending += 1;
    inspect(frame)
      .then(
        (reading) => Object.assign(entry, reading),
        (error) => Object.assign(entry, { kind: 'other', error: String(error) }),
      )
      .finally(() => {
        pending -= 1;
        frame.close();
      });
  }
}

function noteSize({ displayWidth, displayHeight }) {
  const size = `${displayWidth}x${displayHeight}`;
  if (!sizes.includes(size)) sizes.push(size);
}

/** Copies the marker's samples and reads them. */
async function inspect(frame) {
  const { column, board } = samples(frame.visibleRect);
  return read(await copy(frame, column), await copy(frame, board));
}

/** Luma of a rectangle. Of RGB frames the green channel, because the marker is gray. */
async function copy(frame, rect) {
  const hasPlanes = /^(I4|NV12)/.test(frame.format ?? '');
  const options = hasPlanes ? { rect } : { rect, format: 'RGBA' };
  const bytes = new Uint8Array(frame.allocationSize(options));
  const [{ offset, stride }] = await frame.copyTo(bytes, options);
  const at = hasPlanes
    ? (x, y) => bytes[offset + y * stride + x]
    : (x, y) => bytes[offset + y * stride + 4 * x + 1];
  return { width: rect.width, height: rect.height, at };
}
