/** Processes one frame with a module in a worker, and posts the result. */
import { loadWasm } from '../../../../ts/src/worker/engine.js';

addEventListener('message', async ({ data: { backend, model, background, frame } }) => {
  try {
    const { Engine } = await loadWasm(backend, undefined);
    const engine = await Engine.create(model, { background });
    const { image } = await engine.process(frame, undefined);
    const { backend: used } = engine.info();
    engine.destroy();
    engine.free();
    postMessage({ image, backend: used }, { transfer: [image] });
  } catch (cause) {
    postMessage({ error: String(cause) });
  }
});
