/** Messages between page and worker of the fault suite. */

/** Failures that a test can cause. */
export type Failure =
  /** All engines are lost: GPU devices and WebGL contexts, or without a GPU the WebAssembly module, which crashes. */
  | 'lose-engine'
  /** Requests for a device, or for all that an engine can start with, fail until `allow-engine`. */
  | 'refuse-device'
  | 'refuse-engine'
  | 'allow-engine'
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
  /** The module's memory cannot grow any more, so the next large allocation crashes. */
  | 'use-up-memory'
  /** The next instance of the WebAssembly module runs out of memory. */
  | 'refuse-instance'
  /** The pixels of the next frame: the browser never delivers them, refuses them, or delivers them after a second. */
  | 'hang-copy'
  | 'refuse-copy'
  | 'delay-copy'
  /** The browser reports a wrong length of the next frame's pixels. */
  | 'wrong-length'
  /** The module's memory grows while the next frame is copied. Views of the memory become empty. */
  | 'grow-memory'
  /** The next three frames that the worker creates throw, as if the browser had no memory for them. */
  | 'refuse-frames'
  /** The next message of the worker cannot be sent. */
  | 'refuse-message';

/** The name of the channel. */
export const CHANNEL = 'cyclorama-faults';
