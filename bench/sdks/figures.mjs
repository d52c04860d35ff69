/** Figures from the frames that the consumer read. */
import { median, quantile, sum } from '../statistics.mjs';

/** @typedef {import('./page/harness.js').Seen} Seen */

const isRaw = ({ kind }) => kind === 'raw';

/**
 * The start of a contender, until two seconds after its first processed frame.
 *
 * @param {{ started: number, created?: number, output: Seen[] }} start
 */
export function summarizeStart({ started, created, output }) {
  const first = output.find(({ kind }) => kind === 'processed');
  const before = first ? output.filter(({ time }) => time < first.time) : output;
  return {
    firstProcessedMs: first && first.time - started,
    ...(first && created !== undefined && { createToFirstMs: first.time - created }),
    rawFramesBefore: before.filter(isRaw).length,
    rawFrames: output.filter(isRaw).length,
  };
}

/**
 * The timed window.
 *
 * @param {object} window
 * @param {number} window.begin in ms since 1970.
 * @param {number} window.end
 * @param {Seen[]} window.output
 * @param {string[]} window.sizes
 * @param {{ time: number, duration: number }[]} window.longTasks
 * @returns {{ duration: number, frames: number, fps: number, sizes: string[], longTasks: number }} `longTasks` is their time
 *   in ms in each second.
 */
export function summarizeWindow({ begin, end, output, sizes, longTasks }) {
  const isWithin = ({ time }) => time >= begin && time <= end;
  const duration = end - begin;
  const frames = output.filter(isWithin).length;
  const tasks = longTasks.filter(isWithin).map((task) => task.duration);
  return {
    duration,
    frames,
    fps: (1000 * frames) / duration,
    sizes,
    longTasks: (1000 * sum(tasks)) / duration,
  };
}

/** The camera's own frames show the film's phase at most this many ms from their own time. */
const NEAR = 1_000;
/** The fraction of those frames that were read more promptly than the phase assumes. */
const PROMPT = 0.1;
/** Negative latencies down to this one, in ms, are noise of the phase. */
const NOISE = 200;

/**
 * Latencies of the output: from the capture of a frame until its effect is at the consumer.
 *
 * Many SDKs keep so many of the camera's frames that a second consumer gets few. So a frame's capture time is computed: the
 * film repeats, and its frame `n` is captured at `phase + n / frameRate`. The camera's own frames show the phase. It changes
 * if the browser is too busy to capture in time, so only frames at about the same time count.
 *
 * @param {{ output: Seen[], camera: Seen[] }} seen
 * @param {{ frameRate: number, duration: number }} film `duration` in ms.
 * @returns {{ latencyMs?: number, latencyP95Ms?: number, repeated: number, rawFrames: number }} `repeated` is the fraction
 *   of frames that show the same frame of the film as an earlier one.
 */
export function latencies({ output, camera }, { frameRate, duration }) {
  const readable = output.filter(({ number }) => number !== undefined);
  const phaseAt = phases(camera, { frameRate, duration });
  const waits = phaseAt
    ? readable.map((frame) => latency(frame, phaseAt(frame.time), { frameRate, duration }))
    : [];
  const distinct = new Set(readable.map(({ number }) => number)).size;
  return {
    ...(waits.length > 0 && { latencyMs: median(waits), latencyP95Ms: quantile(waits, 0.95) }),
    repeated: readable.length > 0 ? 1 - distinct / readable.length : 0,
    rawFrames: output.filter(isRaw).length,
  };
}

const modulo = (value, divisor) => ((value % divisor) + divisor) % divisor;

function latency({ time, number }, phase, { frameRate, duration }) {
  const wait = modulo(time - (1000 * number) / frameRate - phase, duration);
  return wait > duration - NOISE ? wait - duration : wait;
}

/** A function that computes the film's phase at a time. Undefined if no frame of the camera is readable. */
function phases(camera, { frameRate, duration }) {
  const readable = camera.filter(({ number }) => number !== undefined);
  if (readable.length === 0) return undefined;
  const phaseOf = ({ time, number }) => modulo(time - (1000 * number) / frameRate, duration);
  // Phases relative to the first, so that none is near the film's end.
  const reference = phaseOf(readable[0]);
  const offsets = readable.map((frame) => ({
    time: frame.time,
    offset: modulo(phaseOf(frame) - reference + duration / 2, duration) - duration / 2,
  }));
  return (time) => {
    const near = offsets.filter((other) => Math.abs(other.time - time) < NEAR);
    const chosen = near.length > 0 ? near : offsets;
    return (
      reference +
      quantile(
        chosen.map(({ offset }) => offset),
        PROMPT,
      )
    );
  };
}
