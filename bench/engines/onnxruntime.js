/** ONNX Runtime Web, on the model as tf2onnx converts it. */

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

  async function infer(picture) {
    const output = await run(new ort.Tensor('float32', picture, shape));
    const values = await output.getData();
    output.dispose();
    return values;
  }

  async function queue(picture, count) {
    const device = await ort.env.webgpu.device;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const buffer = device.createBuffer({ size: picture.byteLength, usage });
    device.queue.writeBuffer(buffer, 0, picture);
    const input = ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: shape });
    for (let i = 0; i < count; i++) (await run(input)).dispose();
    await device.queue.onSubmittedWorkDone();
    buffer.destroy();
  }

  return onGpu ? { infer, queue } : { infer };
}
