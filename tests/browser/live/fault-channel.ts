/** Messages between page and worker of the fault suite. */

/** Failures that a test can cause. */
export type Failure =
  /** All GPU devices and WebGL contexts are lost. */
  | 'lose-device'
  /** Requests for a device, or for a device and a WebGL context, fail until `allow-gpu`. */
  | 'refuse-gpu'
  | 'allow-gpu'
  /** The browser never answers a request for an adapter. */
  | 'hang-adapter'
  /** The next submission to the GPU throws. */
  | 'throw-in-submit'
  /** A device reports invalid work. */
  | 'gpu-error'
  /** A device reports that it is out of memory. */
  | 'out-of-memory'
  /** The WebAssembly module crashes. */
  | 'crash'
  /** The next instance of the WebAssembly module runs out of memory. */
  | 'refuse-instance'
  /** The browser never delivers the pixels of the next frame. */
  | 'hang';

/** The name of the channel. */
export const CHANNEL = 'cyclorama-faults';
