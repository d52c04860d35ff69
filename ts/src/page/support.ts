import { CycloramaError } from '../shared/errors.js';
import {
  BACKEND_CHOICES,
  type Backend,
  type BackendChoice,
  findThreadSupport,
  isBrowser,
  NO_BROWSER,
  type ThreadSupport,
} from '../shared/thread-support.js';
import { checkChoice, checkFlag, takeOptions } from '../shared/validation.js';
import { recallFastest } from './fastest-backend.js';

/** The expected result of `create` in this browser. */
export interface Support {
  /**
   * The backend that `create` would use. `undefined` if `create` would reject. If its GPU turns out to be slow,
   * `create` may use another one.
   */
  backend: Backend | undefined;
  /** Whether `processTrack` works. */
  tracks: boolean;
  /** Whether frames are processed in a worker. Otherwise they are processed on the page's thread. */
  worker: boolean;
  /** The missing features of the browser, as text for developers. Empty if no feature is missing. */
  missing: string[];
}

/** The options of `create` that decide what is supported. */
export interface SupportOptions {
  /**
   * Selects the backend, as the option of `create`. `auto` (default) reports on the best one.
   *
   * @default 'auto'
   * @example 'webgl'
   */
  backend?: BackendChoice;

  /**
   * Selects the thread, as the option of `create`.
   *
   * @default a worker, or the page if workers support no backend
   * @example false
   */
  worker?: boolean;
}

/**
 * Reports the expected result of `create` with these options.
 *
 * @param askWorker starts a worker and resolves with its {@link findThreadSupport}
 * @throws {CycloramaError} `option`
 */
export async function findSupport(
  options: SupportOptions | undefined,
  askWorker: (choice: BackendChoice) => Promise<ThreadSupport>,
): Promise<Support> {
  const { backend: choice = 'auto', worker } = takeOptions(options, ['backend', 'worker']);
  checkChoice('backend', choice, BACKEND_CHOICES);
  if (worker !== undefined) checkFlag('worker', worker);
  const none = { backend: undefined, tracks: false, worker: false };
  if (!isBrowser()) return { ...none, missing: [NO_BROWSER] };
  let inWorker: ThreadSupport | undefined;
  if (worker !== false) {
    try {
      inWorker = await askWorker(choice);
    } catch (cause) {
      const { message } = CycloramaError.from(cause);
      return { ...none, tracks: hasPageTracks(), missing: [`workers: ${message}`] };
    }
  }
  const tracks = hasPageTracks() || inWorker?.tracks === true;
  // The page is used if workers support no backend, unless the option requires a worker.
  const used =
    inWorker && (inWorker.backends.length > 0 || worker) ? inWorker : await findThreadSupport(choice);
  const fastest = recallFastest();
  const backend = used.backends.find((each) => each === fastest) ?? used.backends[0];
  const missingInWorker = backend && used !== inWorker ? (inWorker?.missing ?? []) : [];
  const missing = [...used.missing, ...missingInWorker.map((what) => `in workers: ${what}`)];
  if (!tracks) missing.push('frames of a track: MediaStreamTrackProcessor, or captureStream of a canvas');
  return { backend, tracks, worker: backend !== undefined && used === inWorker, missing };
}

/** Whether the page can process a track without the worker's streams. */
function hasPageTracks(): boolean {
  return hasInsertableStreams() || hasCanvasTracks();
}

/** Whether the page has both streams of Insertable Streams, as in Chromium. */
export function hasInsertableStreams(): boolean {
  return 'MediaStreamTrackProcessor' in globalThis && 'MediaStreamTrackGenerator' in globalThis;
}

/** Whether a canvas can be captured as a track. */
export function hasCanvasTracks(): boolean {
  return typeof HTMLCanvasElement !== 'undefined' && 'captureStream' in HTMLCanvasElement.prototype;
}
