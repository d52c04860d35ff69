/** The SDK's worker in a browser that fails on command. */
import './faulty-patches.js';
import '../../../ts/src/worker/worker.js';
