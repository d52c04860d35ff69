/** The package's worker in a browser whose workers have no WebGL2. */
import { takeWebGlAway } from './without-webgl.ts';
import '../../../../ts/dist/worker/worker.js';

// The package looks for WebGL2 when it is asked to, not when it loads.
takeWebGlAway();
