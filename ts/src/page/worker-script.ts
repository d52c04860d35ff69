import { CycloramaError } from '../shared/errors.js';
import { shorten } from '../shared/validation.js';

/** A worker and its script's URL. */
export interface StartedWorker {
  readonly worker: Worker;
  readonly script: URL;
}

/**
 * Starts a module worker whose script may be cross-origin, such as on a CDN. Browsers refuse such workers, so
 * a `blob:` script of the page imports it. That needs CORS, and `blob:` and the CDN's origin in the directive
 * `worker-src`.
 *
 * @param construct contains `new Worker(new URL('…', import.meta.url), …)` literally, because bundlers look
 *   for this expression and replace the URL
 * @throws {CycloramaError} `worker` if the browser or the page's policy refuses
 */
export function startWorker(construct: () => Worker): StartedWorker {
  const { Worker: Native } = globalThis;
  if (!Native) throw new CycloramaError('worker', 'this browser does not support workers: set worker: false');
  let script: URL | undefined;
  try {
    const start = (url: string | URL, options?: WorkerOptions) => {
      script = new URL(url, location.href);
      return new Native(isCrossOrigin(script) ? importer(script, options) : url, options);
    };
    const worker = withGlobalWorker(
      new Proxy(Native, { construct: (_, [url, options]) => start(url, options) }),
      construct,
    );
    return { worker, script: script ?? new URL(location.href) };
  } catch (cause) {
    throw refused(script, cause);
  }
}

/**
 * The error of a worker that did not start.
 *
 * @param message the message of the `error` event, which is empty for a script that does not load
 */
export function notStarted({ script }: StartedWorker, message: string | undefined): CycloramaError {
  if (message) return new CycloramaError('worker', `the worker terminated: ${message}`);
  const missing = 'the file is missing or not served as JavaScript (did the bundler omit it?)';
  const embedder = `its response lacks the header Cross-Origin-Embedder-Policy${isCrossOrigin(script) ? ' or Cross-Origin-Resource-Policy' : ''}, which this page requires`;
  const policy = `a content security policy blocks it (worker-src${isCrossOrigin(script) ? ` needs blob: and ${script.origin}, script-src that origin` : ''})`;
  const causes = [
    // A page can detect only cross-origin isolation.
    ...(globalThis.crossOriginIsolated ? [embedder, missing] : [missing]),
    ...(isCrossOrigin(script) ? ['its response lacks the header Access-Control-Allow-Origin'] : []),
    policy,
    ...(globalThis.crossOriginIsolated ? [] : [embedder]),
  ];
  const list = causes.map((cause, index) => `(${index + 1}) ${cause}`).join(', ');
  return new CycloramaError(
    'worker',
    `the worker's script did not load: ${shorten(script.href)}. Possible causes, most likely first: ${list}. To run without a worker, set worker: false`,
  );
}

function refused(script: URL | undefined, cause: unknown): CycloramaError {
  const remedy =
    script && isCrossOrigin(script)
      ? `its script is on ${script.origin}, so allow blob: and that origin in the directive worker-src, serve the package's files from the page's origin, or set worker: false`
      : "its policy may block it, so allow 'self' in the directive worker-src, or set worker: false";
  return new CycloramaError('worker', `the page cannot start the worker: ${remedy}`, { cause });
}

/** Whether the script is cross-origin, so that browsers refuse to start it as a worker. */
function isCrossOrigin({ origin, protocol }: URL): boolean {
  return protocol !== 'blob:' && protocol !== 'data:' && origin !== globalThis.origin;
}

/** The URL of a script that only imports another one. */
function importer(script: URL, options: WorkerOptions | undefined): string {
  const name = JSON.stringify(script.href);
  // Some bundlers turn module workers into classic ones.
  const source = options?.type === 'module' ? `import ${name};` : `importScripts(${name});`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  // Some browsers read the script only after the worker is created.
  setTimeout(() => URL.revokeObjectURL(url), REVOKED_AFTER);
  return url;
}

/** When a script's URL is revoked, in milliseconds. The browser has read the script by then. */
const REVOKED_AFTER = 10_000;

/**
 * Makes a call with a replaced global `Worker`. Only the constructor's argument contains the URL that a
 * bundler inserts.
 */
function withGlobalWorker<Result>(Worker: typeof globalThis.Worker, call: () => Result): Result {
  const { Worker: before } = globalThis;
  // A page may have frozen its globals. Then a cross-origin script fails.
  if (!Reflect.set(globalThis, 'Worker', Worker)) return call();
  try {
    return call();
  } finally {
    globalThis.Worker = before;
  }
}
