/** Processes one frame with the WebGL2 module in a worker, and posts the result. */
import { loadWasm } from '../../../../ts/src/worker/engine.js';

addEventListener('message', async ({ data: { model, background, frame } }) => {
  try {
    const { Engine } = await loadWasm('webgl', undefined);
    const engine = await Engine.create(model, { background });
    const { image } = await engine.process(frame, undefined);
    const { backend } = engine.info();
    engine.destroy();
    engine.free();
    postMessage({ image, backend }, { transfer: [image] });
  } catch (cause) {
    postMessage({ error: String(cause) });
  }
});
