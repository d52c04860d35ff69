/** Cyclorama: the wasm module of `ts/wasm`, without the package around it. */

/** @type {import('../page/harness.js').Load} */
export async function load({ base, backend, model }) {
  // Chromium supports relaxed SIMD, so apps load this module too.
  const [file, module] =
    backend === 'cpu'
      ? ['cyclorama_cpu.js', 'cyclorama_cpu_relaxed_bg.wasm']
      : ['cyclorama_web.js', 'cyclorama_web_bg.wasm'];
  const { default: start, Segmenter } = await import(`${base}wasm/${file}`);
  await start({ module_or_path: `${base}wasm/${module}` });
  const bytes = new Uint8Array(await (await fetch(model.url)).arrayBuffer());
  const segmenter = await Segmenter.create(bytes, backend);
  const infer = (input) => segmenter.probability(input);
  const queue = (input, count) => segmenter.time(input, count);
  return backend === 'webgpu' ? { infer, queue } : { infer };
}
