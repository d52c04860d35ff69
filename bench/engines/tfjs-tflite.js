/** TensorFlow.js's runner for TensorFlow Lite files, without the tensors of TensorFlow.js around it. */
import { runScript } from '../page/script.js';

/** @type {import('../page/harness.js').Load} */
export async function load({ base, threads, model }) {
  const wasm = `${base}npm/@tensorflow/tfjs-tflite/wasm/`;
  // It takes its threaded build wherever it can: with one thread it is to be the one that ordinary pages get.
  if (threads === 1) delete globalThis.SharedArrayBuffer;
  await runScript(`${wasm}tflite_web_api_client.js`);
  const { tflite_web_api, TFLiteWebModelRunner } = globalThis.tfweb;
  tflite_web_api.setWasmPath(wasm);
  const runner = await TFLiteWebModelRunner.create(model.rewrittenUrl, { numThreads: threads });
  const [input] = runner.getInputs();
  const [output] = runner.getOutputs();
  return {
    async infer(picture) {
      input.data().set(picture);
      if (!runner.infer()) throw new Error('TFLiteWebModelRunner.infer() failed.');
      return output.data().slice();
    },
  };
}
