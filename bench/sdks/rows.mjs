/** One row of figures from a contender's samples. */
import { median } from '../statistics.mjs';

/** Figures with a median and a range over the rounds. */
const FIGURES = [
  'fps',
  'distinctFps',
  'cpuMsPerFrame',
  'mainThreadBusy',
  'longTasks',
  'latencyMs',
  'latencyP95Ms',
  'firstProcessedMs',
  'createToFirstMs',
  'memoryBytes',
  'othersCores',
];
/** Counts of events that one round is enough to show: their maximum over the rounds. */
const COUNTS = ['rawFramesBefore', 'rawFrames', 'dropped'];

/**
 * @typedef {object} Row medians over the rounds, unless stated otherwise.
 * @property {string} name
 * @property {string} [version] of the SDK.
 * @property {string} [backend] that processed the frames.
 * @property {string} size of the camera: WIDTHxHEIGHT@RATE.
 * @property {string} output sizes of the output since the start, in order of appearance.
 * @property {number} fps frames a second at the consumer.
 * @property {number} distinctFps the same without repetitions of a camera frame.
 * @property {number} cpuMsPerFrame CPU time of all processes of the browser for each frame at the consumer.
 * @property {number} mainThreadBusy fraction of time that the page's main thread is in tasks.
 * @property {number} longTasks time in ms that tasks of 50 ms and more take in each second.
 * @property {number} latencyMs from the capture of a frame to the consumer.
 * @property {number} latencyP95Ms
 * @property {number} firstProcessedMs from the request for the SDK's script to the first processed frame.
 * @property {number} [createToFirstMs] from the SDK's start, with its script loaded, to the first processed frame.
 * @property {number} rawFramesBefore raw frames before that one; the maximum over the rounds.
 * @property {number} rawFrames all raw frames that were seen; the maximum over the rounds.
 * @property {number} [dropped] dropped frames in the window, if the SDK counts them; the maximum over the rounds.
 * @property {Record<string, number>} [stages] Cyclorama's stages: time in ms of their thread for each frame.
 * @property {number} memoryBytes of all processes of the browser (PSS).
 * @property {number} othersCores cores that other programs used during the window.
 * @property {number} downloadBytesBrotli all files that the SDK loaded, after `brotli -q 11`, without the host SDK.
 * @property {number} n rounds that succeeded.
 * @property {Record<string, [number, number]>} spread the least and the largest value of each figure.
 * @property {string[]} refused hosts of other servers that the contender requested; the requests failed.
 * @property {string} [error] of a round that failed. Without a successful round there are no figures.
 */

/**
 * @param {{ name: string, version?: string, size: string, downloadBytesBrotli?: number }} contender
 * @param {import('./measure.mjs').Sample[]} samples of all rounds.
 * @returns {Row}
 */
export function rowOf({ name, version, size, downloadBytesBrotli }, samples) {
  const done = samples.filter(({ error }) => error === undefined);
  const failed = samples.find(({ error }) => error !== undefined);
  const refused = [...new Set(samples.flatMap((sample) => sample.refused))];
  const shared = { refused, ...(failed && { error: failed.error }) };
  if (done.length === 0) return { name, version, size, n: 0, ...shared };
  const values = (figure) => done.map((sample) => sample[figure]).filter((value) => value !== undefined);
  const known = FIGURES.filter((figure) => values(figure).length > 0);
  const stages = stageMedians(done);
  const counted = COUNTS.filter((count) => values(count).length > 0);
  return {
    name,
    version,
    backend: distinct(done.map(({ backend }) => backend)),
    size,
    output: distinct(done.flatMap(({ sizes }) => sizes)),
    ...Object.fromEntries(known.map((figure) => [figure, median(values(figure))])),
    ...Object.fromEntries(counted.map((count) => [count, Math.max(...values(count))])),
    ...(stages && { stages }),
    downloadBytesBrotli,
    n: done.length,
    spread: Object.fromEntries(
      known.map((figure) => [figure, [Math.min(...values(figure)), Math.max(...values(figure))]]),
    ),
    ...shared,
  };
}

/** The median of each stage over the rounds. Undefined if the contender reports none. */
function stageMedians(samples) {
  const all = samples.map(({ stages }) => stages).filter((stages) => stages !== undefined);
  const names = [...new Set(all.flatMap(Object.keys))];
  if (names.length === 0) return undefined;
  const values = (name) => all.map((stages) => stages[name]).filter((value) => value !== undefined);
  return Object.fromEntries(names.map((name) => [name, median(values(name))]));
}

/** The different values, in order of appearance. */
function distinct(values) {
  const known = [...new Set(values)].filter((value) => value !== undefined);
  return known.length > 0 ? known.join(', ') : undefined;
}
