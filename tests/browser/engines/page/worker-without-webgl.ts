/** The package's worker in a browser whose workers have no WebGL2. */
import { takeWebGlAway } from './without-webgl.ts';
import '../../../../ts/dist/worker/worker.js';

// The package checks for WebGL2 when a page asks for it, not when the script loads.
takeWebGlAway();
