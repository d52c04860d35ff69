/** The browser engines that one suite of tests drives, each behind the same few calls. */
import { accessSync, constants } from 'node:fs';
import { chromium } from '../chromium.ts';
import { firefoxPath } from '../targets.ts';
import { launchWithPuppeteer } from './puppeteer.ts';
import { browserPath, driverPath, launchWebKit } from './webkit.ts';

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

/** Starts an engine. */
export function launch(name: EngineName): Promise<Engine> {
  return name === 'webkit' || name === 'webkit-captured' ? launchWebKit(name) : launchWithPuppeteer(name);
}

/** Why an engine cannot be started here; `undefined` where it can. */
export function unavailable(name: EngineName): string | undefined {
  const { prepared, files } = needs(name);
  if (prepared) return prepared;
  const missing = files.find((file) => !isExecutable(file));
  return missing && `${missing} is missing: npm run setup installs it where that is possible`;
}

/** Why set-up has no such browser, and the files that it consists of. */
function needs(name: EngineName): { prepared: string | undefined; files: string[] } {
  const { CYCLORAMA_WEBKIT_UNAVAILABLE, CYCLORAMA_FIREFOX_UNAVAILABLE } = process.env;
  switch (name) {
    case 'webkit':
    case 'webkit-captured':
      return { prepared: CYCLORAMA_WEBKIT_UNAVAILABLE, files: [driverPath(), browserPath()] };
    case 'firefox':
    case 'firefox-webgpu':
      return { prepared: CYCLORAMA_FIREFOX_UNAVAILABLE, files: [firefoxPath()] };
    case 'chromium':
    case 'chromium-webgl':
      return { prepared: undefined, files: [chromium.executablePath] };
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
