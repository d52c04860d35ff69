/** TensorFlow.js, on a graph model of the same weights. */
import { runScript } from '../page/script.js';

const backends = { cpu: 'wasm', webgl: 'webgl', webgpu: 'webgpu' };

/** @type {import('../page/harness.js').Load} */
export async function load({ base, backend, threads, model }) {
  const folder = `${base}npm/@tensorflow/`;
  const name = backends[backend];
  // It takes its threaded build wherever it can: with one thread it is to be the one that ordinary pages get.
  if (threads === 1) delete globalThis.SharedArrayBuffer;
  for (const part of ['core', 'converter', `backend-${name}`]) {
    await runScript(`${folder}tfjs-${part}/dist/tf-${part}.min.js`);
  }
  const { tf } = globalThis;
  if (name === 'wasm') {
    tf.wasm.setWasmPaths(`${folder}tfjs-backend-wasm/dist/`);
    tf.wasm.setThreadsCount(threads);
  }
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js has no ${name} backend here.`);
  const network = await tf.loadGraphModel(model.graphUrl);
  const shape = [1, model.height, model.width, 3];

  async function infer(picture) {
    const input = tf.tensor(picture, shape);
    const output = network.execute(input);
    const values = await output.data();
    tf.dispose([input, output]);
    return values;
  }

  async function queue(picture, count) {
    const input = tf.tensor(picture, shape);
    for (let i = 0; i < count; i++) tf.dispose(network.execute(input));
    // The last batch of dispatches is still being recorded. An open pass makes its command buffer invalid.
    const webgpu = tf.backend();
    if (webgpu.commandEncoder) {
      webgpu.endComputePassEncoder();
      webgpu.submitQueue();
    }
    await webgpu.device.queue.onSubmittedWorkDone();
    tf.dispose(input);
  }

  return backend === 'webgpu' ? { infer, queue } : { infer };
}
