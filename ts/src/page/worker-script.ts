import { CycloramaError } from '../shared/errors.js';
import { shorten } from '../shared/validation.js';

/** A worker, and where its script is. */
export interface StartedWorker {
  readonly worker: Worker;
  readonly script: URL;
}

/**
 * Starts a module worker whose script may come from another origin, such as a CDN, of which browsers start none: there a
 * `blob:` of the page's imports the script, which needs CORS, and `blob:` and that origin in the directive `worker-src`.
 *
 * @param construct has `new Worker(new URL('…', import.meta.url), …)` written out, as bundlers look for that and put
 *   another address in its place
 * @throws {CycloramaError} `worker` where the browser or the page's policy refuses
 */
export function startWorker(construct: () => Worker): StartedWorker {
  const { Worker: Native } = globalThis;
  if (!Native) throw new CycloramaError('worker', 'this browser has no workers: set worker: false');
  let script: URL | undefined;
  try {
    const start = (address: string | URL, options?: WorkerOptions) => {
      script = new URL(address, location.href);
      return new Native(isForeign(script) ? importer(script, options) : address, options);
    };
    const worker = whileWorkerIs(
      new Proxy(Native, { construct: (_, [address, options]) => start(address, options) }),
      construct,
    );
    return { worker, script: script ?? new URL(location.href) };
  } catch (cause) {
    throw refused(script, cause);
  }
}

/**
 * The error of a worker that ended before it answered.
 *
 * @param message the `error` event's: browsers give none for a script that does not load
 */
export function notStarted({ script }: StartedWorker, message: string | undefined): CycloramaError {
  if (message) return new CycloramaError('worker', `the worker has ended: ${message}`);
  const missing = 'the file is not there or is not served as JavaScript (did the bundler leave it out?)';
  const embedder = `it lacks the header Cross-Origin-Embedder-Policy${isForeign(script) ? ' or Cross-Origin-Resource-Policy' : ''}, which this page demands`;
  const policy = `a content security policy refuses it (worker-src${isForeign(script) ? ` needs blob: and ${script.origin}, script-src that origin` : ''})`;
  const causes = [
    // Cross-origin isolation is the one cause that a page can see.
    ...(globalThis.crossOriginIsolated ? [embedder, missing] : [missing]),
    ...(isForeign(script) ? ['it lacks the header Access-Control-Allow-Origin'] : []),
    policy,
    ...(globalThis.crossOriginIsolated ? [] : [embedder]),
  ];
  const list = causes.map((cause, index) => `(${index + 1}) ${cause}`).join(', ');
  return new CycloramaError(
    'worker',
    `the script of the worker did not load: ${shorten(script.href)}. Likely causes, the likeliest first: ${list}. Without a worker: set worker: false`,
  );
}

function refused(script: URL | undefined, cause: unknown): CycloramaError {
  const ways =
    script && isForeign(script)
      ? `as its script comes from ${script.origin}: allow blob: and that origin in the directive worker-src, serve the package's files from the page's origin, or set worker: false`
      : "allow 'self' in the directive worker-src, or set worker: false";
  return new CycloramaError('worker', `the page may not start the worker: ${ways}`, { cause });
}

/** Whether browsers refuse to start a worker of the script. */
function isForeign({ origin, protocol }: URL): boolean {
  return protocol !== 'blob:' && protocol !== 'data:' && origin !== globalThis.origin;
}

/** The address of a script of the page's that does nothing but load another one. */
function importer(script: URL, options: WorkerOptions | undefined): string {
  const address = JSON.stringify(script.href);
  // Bundlers make classic workers of modules too.
  const source = options?.type === 'module' ? `import ${address};` : `importScripts(${address});`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  // The worker takes its script as it is made, but not in every browser.
  setTimeout(() => URL.revokeObjectURL(url), REVOKED_AFTER);
  return url;
}

/** By then the browser has read a script that it is given here, in milliseconds. */
const REVOKED_AFTER = 10_000;

/** Calls with another class under the name `Worker`: only from `new Worker` is the address known that a bundler has put there. */
function whileWorkerIs<Result>(Worker: typeof globalThis.Worker, call: () => Result): Result {
  const { Worker: before } = globalThis;
  // A page may have frozen its globals: then nothing is from another origin, or the browser refuses it.
  if (!Reflect.set(globalThis, 'Worker', Worker)) return call();
  try {
    return call();
  } finally {
    globalThis.Worker = before;
  }
}
