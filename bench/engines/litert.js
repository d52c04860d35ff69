/** LiteRT.js, on the file as it is. */

/** @type {import('../page/harness.js').Load} */
export async function load({ base, backend, threads, model }) {
  const litert = await import(`${base}npm/@litertjs/core/dist/index.js`);
  await litert.loadLiteRt(`${base}npm/@litertjs/core/wasm/`, { threads: threads > 1 });
  const shape = [1, model.height, model.width, 3];
  const accelerator = backend === 'webgpu' ? 'webgpu' : 'wasm';
  const network = await litert.loadAndCompile(model.url, {
    accelerator,
    cpuOptions: { numThreads: threads },
  });
  if (!network.isFullyAccelerated) throw new Error('LiteRT.js left part of the network to another backend.');

  async function infer(picture) {
    const input = await onAccelerator(picture);
    const [output] = await network.run(input);
    const values = await output.data();
    input.delete();
    output.delete();
    return values;
  }

  async function onAccelerator(picture) {
    const input = new litert.Tensor(picture, shape);
    return backend === 'webgpu' ? input.moveTo('webgpu') : input;
  }

  async function queue(picture, count) {
    const input = await onAccelerator(picture);
    for (let i = 0; i < count; i++) {
      const [output] = await network.run(input);
      output.delete();
    }
    await litert.getWebGpuDevice().queue.onSubmittedWorkDone();
    input.delete();
  }

  return backend === 'webgpu' ? { infer, queue } : { infer };
}
