/** TensorFlow.js's runner for TensorFlow Lite files, without the tensors of TensorFlow.js around it. */
import { runScript } from '../page/script.js';

/** @type {import('../page/harness.js').Load} */
export async function load({ base, threads, model }) {
  const wasm = `${base}npm/@tensorflow/tfjs-tflite/wasm/`;
  // Without SharedArrayBuffer it loads its single-threaded build, as on pages that are not cross-origin isolated.
  if (threads === 1) delete globalThis.SharedArrayBuffer;
  await runScript(`${wasm}tflite_web_api_client.js`);
  const { tflite_web_api, TFLiteWebModelRunner } = globalThis.tfweb;
  tflite_web_api.setWasmPath(wasm);
  const runner = await TFLiteWebModelRunner.create(model.rewrittenUrl, { numThreads: threads });
  const [input] = runner.getInputs();
  const [output] = runner.getOutputs();
  return {
    async infer(values) {
      input.data().set(values);
      if (!runner.infer()) throw new Error('TFLiteWebModelRunner.infer() failed.');
      return output.data().slice();
    },
  };
}
