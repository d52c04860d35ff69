/** Runs in a worker: an engine of one build of a module for the CPU. Frames come in, and the times of their stages go out. */

let engine;

const actions = {
  /** Imports the module and the model, and processes no frame yet. */
  async open({ script, module, model }) {
    const { default: start, Engine } = await import(script);
    await start({ module_or_path: module });
    engine = await Engine.create(new Uint8Array(model), { background: { kind: 'blur', radius: 16 } });
  },
  async process({ frame }) {
    const { image, cpu } = await engine.process(frame, { video: true });
    frame.close();
    image.close();
    return cpu;
  },
};

addEventListener('message', async ({ data: { action, number, ...options } }) => {
  try {
    postMessage({ number, result: await actions[action](options) });
  } catch (error) {
    postMessage({ number, error: String(error) });
  }
});
