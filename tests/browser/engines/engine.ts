/** The browser engines that one test suite drives, each through the same interface. */

/**
 * An engine and its configuration:
 * - `webkit`: WebKitGTK configured like Safari 18, with streams of tracks in workers.
 * - `webkit-captured`: WebKitGTK configured like older versions of Safari, which use a captured canvas instead of such streams.
 * - `chromium` and `firefox-webgpu`: with WebGPU.
 * - `chromium-webgl` and `firefox`: without WebGPU.
 * - `chromium-cpu`, `firefox-cpu` and `webkit-cpu`: without WebGPU and WebGL.
 */
export type EngineName =
  | 'webkit'
  | 'webkit-captured'
  | 'webkit-cpu'
  | 'chromium'
  | 'chromium-webgl'
  | 'chromium-cpu'
  | 'firefox'
  | 'firefox-webgpu'
  | 'firefox-cpu';

/** A page in an engine. */
export interface EnginePage {
  /**
   * Runs a function in the page and resolves with its result. Arguments and the result travel as JSON, so the function cannot
   * use anything of the module that it is written in.
   *
   * @throws {Error} if the function throws, or takes longer than 3 minutes
   */
  run<A extends unknown[], R>(f: (...args: A) => R | Promise<R>, ...args: A): Promise<R>;
  /** Loads another URL and resolves at its `load` event. */
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
  /** Opens a page. In WebKitGTK each page has a browser process of its own. */
  open(url: string): Promise<EnginePage>;
  /** Closes the browser, its pages and its display. */
  close(): Promise<void>;
}
