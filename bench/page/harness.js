/**
 * Runs one engine on this page.
 *
 * @typedef {object} EngineOptions
 * @property {string} base URL of all local files.
 * @property {'webgpu' | 'webgl' | 'cpu'} backend
 * @property {number} threads
 * @property {{ name: string, width: number, height: number, url: string, rewrittenUrl: string, taskUrl: string,
 *   onnxUrl: string, graphUrl: string }} model the file and its conversions by bench/convert.
 *
 * @typedef {object} Session
 * @property {(input: Float32Array) => Promise<Float32Array>} infer takes the model's input from memory and resolves with
 *   its output in memory: the graph's output, or the probability of a person.
 * @property {(input: Float32Array, count: number) => Promise<void>} [queue] uploads the input to the device, runs the
 *   model `count` times without a readback, and resolves when the device is done.
 * @property {(frame: CanvasImageSource) => Promise<{ width: number, height: number, values: Float32Array }>}
 *   [segment] the probability of a person for a frame of any size. Only engines that resize frames themselves have
 *   it.
 *
 * @typedef {(options: EngineOptions) => Promise<Session>} Load
 */
import { fetchNpy } from './npy.js';

/** @type {Session} */
let session;
/** @type {Float32Array} */
let input;

/**
 * Loads the engine and the model and runs a first inference.
 *
 * @param {EngineOptions & { file: string }} options `file` is the engine's module, which exports a {@link Load}.
 * @returns {Promise<{ loadMs: number, firstMs: number, output: number[], queues: boolean }>}
 */
export async function open({ file, ...options }) {
  const { base, model } = options;
  input = await fetchNpy(`${base}golden/${model.name}__astronaut__in.npy`);
  const begin = performance.now();
  const { load } = await import(`${base}bench/engines/${file}`);
  session = await load(options);
  const loaded = performance.now();
  const output = await session.infer(input);
  const done = performance.now();
  return {
    loadMs: loaded - begin,
    firstMs: done - loaded,
    output: [...output],
    queues: session.queue !== undefined,
  };
}

/**
 * Times inferences, after an untimed one.
 *
 * @param {{ queued: number, awaited: number }} counts `queued` inferences are submitted one after another and awaited
 *   together. `awaited` inferences are awaited one by one, with their output in memory.
 * @returns {Promise<{ queuedMs: number | undefined, awaitedMs: number[] }>} milliseconds of one inference.
 */
export async function time({ queued, awaited }) {
  await session.infer(input);
  let queuedMs;
  if (queued > 0) {
    const begin = performance.now();
    await session.queue(input, queued);
    queuedMs = (performance.now() - begin) / queued;
  }
  const awaitedMs = [];
  for (let i = 0; i < awaited; i++) {
    const begin = performance.now();
    await session.infer(input);
    awaitedMs.push(performance.now() - begin);
  }
  return { queuedMs, awaitedMs };
}

/**
 * Counts the WebGPU calls of one inference: with its output in memory, and queued if the engine supports that.
 *
 * @returns {Promise<{ awaited: object, queued?: object, pipelines: number }>} `pipelines` counts all that the page
 *   has created.
 */
export async function count() {
  const { counters } = globalThis;
  const awaited = await counters.during(() => session.infer(input));
  const pipelines = counters.pipelines();
  if (!session.queue) return { awaited, pipelines };
  const one = await counters.during(() => session.queue(input, 1));
  const two = await counters.during(() => session.queue(input, 2));
  // The difference leaves out the calls for the upload and the wait.
  const queued = Object.fromEntries(Object.entries(two).map(([name, value]) => [name, value - one[name]]));
  return { awaited, queued, pipelines };
}
