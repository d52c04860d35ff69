/** Runs in the page: builds of the modules for the CPU in turns, each with one or several workers. */
import { readClip } from '../page/clip.js';

/** Frames in flight for each worker: one in process, one in its queue. */
const IN_FLIGHT = 2;

/** A worker with an engine. */
class EngineWorker {
  #worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
  #pending = new Map();
  #number = 0;

  constructor() {
    this.#worker.onmessage = ({ data: { number, result, error } }) => {
      const { resolve, reject } = this.#pending.get(number);
      this.#pending.delete(number);
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    };
  }

  call(action, options, transfer = []) {
    this.#number += 1;
    const number = this.#number;
    this.#worker.postMessage({ action, number, ...options }, transfer);
    return new Promise((resolve, reject) => this.#pending.set(number, { resolve, reject }));
  }

  /** @returns the times of the frame's stages. */
  process(frame) {
    return this.call('process', { frame }, [frame]);
  }

  close() {
    this.#worker.terminate();
  }
}

/**
 * Measures each contender in turns.
 *
 * @param {object} options
 * @param {{ script: string, module: string, workers: number }[]} options.contenders the URLs of a build's JavaScript and
 *   WebAssembly, and the number of workers that take its frames by turns.
 * @returns for each contender, the times of the stages of single frames, and the frames per second of each round.
 */
export async function measure({ base, contenders, model, rounds, frames, seconds }) {
  const camera = await readClip(`${base}clip/clip.webm`);
  const bytes = await (await fetch(base + model)).arrayBuffer();
  const opened = [];
  for (const { script, module, workers } of contenders) {
    const own = Array.from({ length: workers }, () => new EngineWorker());
    for (const worker of own) await worker.call('open', { script, module, model: bytes });
    opened.push({ workers: own, stages: [], rates: [] });
  }
  let number = 0;
  const next = () => camera(number++);
  for (let round = 0; round <= rounds; round++) {
    for (const { workers, stages, rates } of opened) {
      const [first] = workers;
      for (let i = 0; i <= frames; i++) {
        const times = await first.process(next());
        // The first round warms up the engines, and the first frame the caches.
        if (round > 0 && i > 0) stages.push(times);
      }
      const rate = await rateOf(workers, next, seconds);
      if (round > 0) rates.push(rate);
    }
  }
  for (const { workers } of opened) for (const worker of workers) worker.close();
  return opened.map(({ stages, rates }) => ({ stages, rates }));
}

/** The frames per second of some workers together. */
async function rateOf(workers, next, seconds) {
  const start = performance.now();
  let count = 0;
  const lane = async (worker) => {
    while (performance.now() - start < 1000 * seconds) {
      await worker.process(next());
      count += 1;
    }
  };
  await Promise.all(workers.flatMap((worker) => Array.from({ length: IN_FLIGHT }, () => lane(worker))));
  return count / ((performance.now() - start) / 1000);
}
