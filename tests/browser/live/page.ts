import { scenarios } from './canvas-track.js';
import { run, started } from './runner.js';

/** What the driver calls. */
const page = { scenarios, run, started };

declare global {
  var live: typeof page;
}
globalThis.live = page;
