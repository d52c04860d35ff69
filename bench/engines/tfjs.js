/** TensorFlow.js, with a graph model of the same weights. */
import { runScript } from '../page/script.js';

const backends = { cpu: 'wasm', webgl: 'webgl', webgpu: 'webgpu' };

/** @type {import('../page/harness.js').Load} */
export async function load({ base, backend, threads, model }) {
  const folder = `${base}npm/@tensorflow/`;
  const name = backends[backend];
  // Without SharedArrayBuffer it loads its single-threaded build, as on pages that are not cross-origin isolated.
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
  const graph = await tf.loadGraphModel(model.graphUrl);
  const shape = [1, model.height, model.width, 3];

  async function infer(values) {
    const input = tf.tensor(values, shape);
    const output = graph.execute(input);
    const result = await output.data();
    tf.dispose([input, output]);
    return result;
  }

  async function queue(values, count) {
    const input = tf.tensor(values, shape);
    for (let i = 0; i < count; i++) tf.dispose(graph.execute(input));
    // Submit the last batch of dispatches, which is still being recorded. Its pass has to be closed first.
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
