/**
 * Runs one engine on this page.
 *
 * @typedef {object} EngineOptions
 * @property {string} base address that everything local is below.
 * @property {'webgpu' | 'webgl' | 'cpu'} backend
 * @property {number} threads
 * @property {{ name: string, width: number, height: number, url: string, rewrittenUrl: string, taskUrl: string,
 *   onnxUrl: string, graphUrl: string }} model the file itself and what bench/convert makes of it.
 *
 * @typedef {object} Session
 * @property {(picture: Float32Array) => Promise<Float32Array>} infer takes the network's input from memory and gives
 *   its output in memory: the graph's own, or the probability of a person.
 * @property {(picture: Float32Array, count: number) => Promise<void>} [queue] puts the input onto the device, runs the network `count`
 *   times there without reading anything back, and resolves when the device is done.
 * @property {(frame: CanvasImageSource) => Promise<{ width: number, height: number, values: Float32Array }>} [segment] the probability of a
 *   person for a frame of any size, of engines that bring one to the network's size themselves.
 *
 * @typedef {(options: EngineOptions) => Promise<Session>} Load
 */
import { fetchNpy } from './npy.js';

/** @type {Session} */
let session;
/** @type {Float32Array} */
let picture;

/**
 * Loads the engine and the model and makes a first inference.
 *
 * @param {EngineOptions & { file: string }} options `file` is the engine's module, which exports a {@link Load}.
 * @returns {Promise<{ loadMs: number, firstMs: number, output: number[], queues: boolean }>}
 */
export async function open({ file, ...options }) {
  const { base, model } = options;
  picture = await fetchNpy(`${base}golden/${model.name}__astronaut__in.npy`);
  const begin = performance.now();
  const { load } = await import(`${base}bench/engines/${file}`);
  session = await load(options);
  const loaded = performance.now();
  const output = await session.infer(picture);
  const done = performance.now();
  return {
    loadMs: loaded - begin,
    firstMs: done - loaded,
    output: [...output],
    queues: session.queue !== undefined,
  };
}

/**
 * Times inferences, after one that is not timed.
 *
 * @param {{ queued: number, awaited: number }} counts `queued` are made one after another and awaited together, `awaited` each by itself, with
 *   its output in memory.
 * @returns {Promise<{ queuedMs: number | undefined, awaitedMs: number[] }>} milliseconds of one inference.
 */
export async function time({ queued, awaited }) {
  await session.infer(picture);
  let queuedMs;
  if (queued > 0) {
    const begin = performance.now();
    await session.queue(picture, queued);
    queuedMs = (performance.now() - begin) / queued;
  }
  const awaitedMs = [];
  for (let i = 0; i < awaited; i++) {
    const begin = performance.now();
    await session.infer(picture);
    awaitedMs.push(performance.now() - begin);
  }
  return { queuedMs, awaitedMs };
}

/**
 * Counts the calls to WebGPU of one inference: with its output in memory, and queued where the engine can.
 *
 * @returns {Promise<{ awaited: object, queued?: object, pipelines: number }>} `pipelines` are all that the page has made.
 */
export async function count() {
  const { counters } = globalThis;
  const awaited = await counters.during(() => session.infer(picture));
  const pipelines = counters.pipelines();
  if (!session.queue) return { awaited, pipelines };
  const one = await counters.during(() => session.queue(picture, 1));
  const two = await counters.during(() => session.queue(picture, 2));
  // Putting the input there and waiting take the same for one and for two.
  const queued = Object.fromEntries(Object.entries(two).map(([name, value]) => [name, value - one[name]]));
  return { awaited, queued, pipelines };
}
