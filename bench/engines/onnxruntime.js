/** ONNX Runtime Web, with the model converted by tf2onnx. */

/** @type {import('../page/harness.js').Load} */
export async function load({ base, backend, threads, model }) {
  const onGpu = backend === 'webgpu';
  const dist = `${base}npm/onnxruntime-web/dist/`;
  const ort = await import(`${dist}${onGpu ? 'ort.webgpu' : 'ort.wasm'}.bundle.min.mjs`);
  ort.env.wasm.wasmPaths = dist;
  ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create(model.onnxUrl, {
    executionProviders: [onGpu ? 'webgpu' : 'wasm'],
    graphOptimizationLevel: 'all',
    preferredOutputLocation: onGpu ? 'gpu-buffer' : 'cpu',
  });
  const shape = [1, model.height, model.width, 3];
  const run = async (input) =>
    (await session.run({ [session.inputNames[0]]: input }))[session.outputNames[0]];

  async function infer(values) {
    const output = await run(new ort.Tensor('float32', values, shape));
    const result = await output.getData();
    output.dispose();
    return result;
  }

  async function queue(values, count) {
    const device = await ort.env.webgpu.device;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const buffer = device.createBuffer({ size: values.byteLength, usage });
    device.queue.writeBuffer(buffer, 0, values);
    const input = ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: shape });
    for (let i = 0; i < count; i++) (await run(input)).dispose();
    await device.queue.onSubmittedWorkDone();
    buffer.destroy();
  }

  return onGpu ? { infer, queue } : { infer };
}
