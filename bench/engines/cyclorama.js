/** Cyclorama: the wasm module of `ts/wasm`, without the package around it. */

/** @type {import('../page/harness.js').Load} */
export async function load({ base, backend, model }) {
  const file = backend === 'cpu' ? 'cyclorama_cpu.js' : 'cyclorama_web.js';
  const { default: start, Segmenter } = await import(`${base}wasm/${file}`);
  await start();
  const bytes = new Uint8Array(await (await fetch(model.url)).arrayBuffer());
  const segmenter = await Segmenter.create(bytes, backend);
  const infer = (input) => segmenter.probability(input);
  const queue = (input, count) => segmenter.time(input, count);
  return backend === 'webgpu' ? { infer, queue } : { infer };
}
