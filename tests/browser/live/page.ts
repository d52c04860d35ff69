import { scenarios } from './canvas-track.js';
import { run } from './runner.js';

/** What the driver calls. */
const page = { scenarios, run };

declare global {
  var live: typeof page;
}
globalThis.live = page;
