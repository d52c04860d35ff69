/** The browser engines that one suite of tests drives, each through the same few calls. */

/**
 * An engine and how it is set up:
 * - `webkit`: WebKitGTK as Safari 18 is, with streams of tracks in workers.
 * - `webkit-captured`: WebKitGTK as older versions of Safari are, where a captured canvas stands for such streams.
 * - `chromium` and `firefox-webgpu`: with WebGPU.
 * - `chromium-webgl` and `firefox`: without.
 */
export type EngineName =
  | 'webkit'
  | 'webkit-captured'
  | 'chromium'
  | 'chromium-webgl'
  | 'firefox'
  | 'firefox-webgpu';

/** A page in an engine. */
export interface EnginePage {
  /**
   * Runs a function in the page and resolves with its result. Arguments and the result travel as JSON, so that the function sees
   * nothing of the module that it is written in.
   *
   * @throws {Error} what the function throws, or that it takes longer than 3 minutes
   */
  run<A extends unknown[], R>(f: (...args: A) => R | Promise<R>, ...args: A): Promise<R>;
  /** Loads another address and resolves at its `load` event. */
  goto(url: string): Promise<void>;
  /** The visible part of the page, as a PNG file. */
  screenshot(): Promise<Buffer>;
  close(): Promise<void>;
}

/** A running engine. */
export interface Engine {
  readonly name: EngineName;
  /** As the browser reports it, such as `WebKitGTK 2.50.6`. */
  readonly version: string;
  /** Opens a page; in WebKitGTK each one has a browser process of its own. */
  open(url: string): Promise<EnginePage>;
  /** Ends the browser, its pages and its display. */
  close(): Promise<void>;
}
