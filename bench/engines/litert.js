/** LiteRT.js, with the unmodified file. */

/** @type {import('../page/harness.js').Load} */
export async function load({ base, backend, threads, model }) {
  const litert = await import(`${base}npm/@litertjs/core/dist/index.js`);
  await litert.loadLiteRt(`${base}npm/@litertjs/core/wasm/`, { threads: threads > 1 });
  const shape = [1, model.height, model.width, 3];
  const accelerator = backend === 'webgpu' ? 'webgpu' : 'wasm';
  const compiled = await litert.loadAndCompile(model.url, {
    accelerator,
    cpuOptions: { numThreads: threads },
  });
  if (!compiled.isFullyAccelerated)
    throw new Error('LiteRT.js left part of the model to a different backend.');

  async function infer(values) {
    const input = await onAccelerator(values);
    const [output] = await compiled.run(input);
    const result = await output.data();
    input.delete();
    output.delete();
    return result;
  }

  async function onAccelerator(values) {
    const input = new litert.Tensor(values, shape);
    return backend === 'webgpu' ? input.moveTo('webgpu') : input;
  }

  async function queue(values, count) {
    const input = await onAccelerator(values);
    for (let i = 0; i < count; i++) {
      const [output] = await compiled.run(input);
      output.delete();
    }
    await litert.getWebGpuDevice().queue.onSubmittedWorkDone();
    input.delete();
  }

  return backend === 'webgpu' ? { infer, queue } : { infer };
}
