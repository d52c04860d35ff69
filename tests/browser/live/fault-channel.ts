/** What page and worker of the fault suite say to each other. */

/** What can be made to fail. */
export type Failure =
  /** All GPU devices and WebGL contexts are gone. */
  | 'lose-device'
  /** No device is to be had, or neither a device nor a WebGL context, until `allow-gpu`. */
  | 'refuse-device'
  | 'refuse-gpu'
  | 'allow-gpu'
  /** The browser never answers when it is asked for an adapter. */
  | 'hang-adapter'
  /** The next work that is handed to the GPU is refused by an exception. */
  | 'throw-in-submit'
  /** A device says that some work was invalid. */
  | 'gpu-error'
  /** A device says that its memory is used up. */
  | 'out-of-memory'
  /** The wasm module traps. */
  | 'trap'
  /** There is no memory for the next instance of the wasm module. */
  | 'refuse-instance'
  /** The browser never gives the pixels of the next frame. */
  | 'hang';

/** The name of the channel. */
export const CHANNEL = 'cyclorama-faults';
