/** What page and worker of the fault suite say to each other. */

/** What can be made to fail. */
export type Failure =
  /** All GPU devices and WebGL contexts are gone. */
  | 'lose-device'
  /** No device is to be had, until `allow-device`. */
  | 'refuse-device'
  | 'allow-device'
  /** The next work that is handed to the GPU is refused by an exception. */
  | 'throw-in-submit'
  /** A device says that some work was invalid. */
  | 'gpu-error'
  /** A device says that its memory is used up. */
  | 'out-of-memory'
  /** The wasm module traps. */
  | 'trap'
  /** The browser never gives the pixels of the next frame. */
  | 'hang';

/** The name of the channel. */
export const CHANNEL = 'cyclorama-faults';
