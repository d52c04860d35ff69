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

/** What `create` does in this browser. */
export interface Support {
  /** The backend that `create` starts with; `undefined` where `create` rejects. */
  backend: Backend | undefined;
  /** Whether `process` can make a track of a track. */
  tracks: boolean;
  /** Whether frames are made in a worker. Elsewhere they are made on the page's thread. */
  worker: boolean;
  /** What the browser lacks for all of the above, for developers; empty where it lacks nothing. */
  missing: string[];
}

/** The options of `create` that a question about support is for. */
export interface SupportOptions {
  /**
   * Selects the backend, as the option of `create`.
   *
   * @default 'auto'
   * @example 'webgl'
   */
  backend?: BackendChoice;

  /**
   * Selects the thread, as the option of `create`.
   *
   * @default a worker, or the page where workers can run no backend
   * @example false
   */
  worker?: boolean;
}

/**
 * Finds out what `create` would do with these options.
 *
 * @param askWorker starts a worker and resolves with {@link findThreadSupport} there
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
  let there: ThreadSupport | undefined;
  if (worker !== false) {
    try {
      there = await askWorker(choice);
    } catch (cause) {
      const { message } = CycloramaError.from(cause);
      return { ...none, tracks: hasPageTracks(), missing: [`workers: ${message}`] };
    }
  }
  const tracks = hasPageTracks() || there?.tracks === true;
  // The page takes the place of a worker that can run no backend, unless a worker was asked for by name.
  const used = there && (there.backends.length > 0 || worker) ? there : await findThreadSupport(choice);
  const [backend] = used.backends;
  const left = backend && used !== there ? (there?.missing ?? []) : [];
  const missing = [...used.missing, ...left.map((what) => `in workers: ${what}`)];
  if (!tracks) missing.push('frames of a track: MediaStreamTrackProcessor, or captureStream of a canvas');
  return { backend, tracks, worker: backend !== undefined && used === there, missing };
}

/** Whether a page can make a track of a track by itself. */
function hasPageTracks(): boolean {
  return hasInsertableStreams() || hasCanvasTracks();
}

/** Whether a page can take tracks apart and put them together, as Chromium lets it. */
export function hasInsertableStreams(): boolean {
  return 'MediaStreamTrackProcessor' in globalThis && 'MediaStreamTrackGenerator' in globalThis;
}

/** Whether a canvas can be a track. */
export function hasCanvasTracks(): boolean {
  return typeof HTMLCanvasElement !== 'undefined' && 'captureStream' in HTMLCanvasElement.prototype;
}
