import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import { abortable } from '../shared/abortable.js';
import { CycloramaError } from '../shared/errors.js';
import type { PipelineClient, PipelineService, PipelineSetup, WorkerApi } from '../shared/protocol.js';
import type { BackendChoice, ThreadSupport } from '../shared/thread-support.js';
import { waitAtMost } from '../shared/timeout.js';
import { thrown } from '../shared/validation.js';
import { notStarted, startWorker } from './worker-script.js';

/** How long a worker may take to release all resources before it is terminated, in milliseconds. */
const CLOSE_TIMEOUT = 3_000;

/**
 * How long a worker's script may take to answer, in milliseconds. Without this timeout, a worker that
 * terminates before it holds its lock would go unnoticed.
 */
const START_TIMEOUT = 30_000;

/**
 * The timeout of a support query in milliseconds. It is shorter because an app may wait for it before it
 * shows its page.
 */
const SUPPORT_TIMEOUT = 10_000;

/** A service in a worker or on the page. */
export interface HostedService<Work> {
  readonly remote: Work;
  /** Rejects with {@link CycloramaError} `worker` if the worker terminates unexpectedly. Never resolves. */
  readonly lost: Promise<never>;
  /**
   * Settles as the call does, or rejects as `lost` does. `Promise.race` with `lost` would retain every
   * result.
   */
  guard<Result>(call: Promise<Result>): Promise<Result>;
  /** Closes the service. Resolves when all resources are released. */
  close(): Promise<void>;
}

/** A pipeline in a worker or on the page. */
export interface PipelineHost extends Omit<HostedService<PipelineService>, 'remote'> {
  readonly pipeline: PipelineService;
}

/** An opened service, and where it runs. */
export interface Opened<Result> {
  readonly opened: Result;
  readonly inWorker: boolean;
  /** Why workers support no backend, if the page is used instead. */
  readonly workerError: CycloramaError | undefined;
}

/**
 * Opens a service in a worker or on the page.
 *
 * @param worker `undefined` for a worker, or the page if workers support no backend
 * @throws the error of the last attempt
 */
export async function openInWorkerOrHere<Result>(
  worker: boolean | undefined,
  inWorker: () => Promise<Result>,
  here: () => Promise<Result>,
): Promise<Opened<Result>> {
  let workerError: CycloramaError | undefined;
  if (worker !== false) {
    try {
      return { opened: await inWorker(), inWorker: true, workerError };
    } catch (cause) {
      const isUnsupported = cause instanceof CycloramaError && cause.code === 'unsupported';
      if (!isUnsupported || worker) throw cause;
      workerError = cause;
    }
  }
  return { opened: await here(), inWorker: false, workerError };
}

/**
 * Creates a pipeline on the page.
 *
 * @throws {CycloramaError} as {@link Pipeline.create}
 * @throws the signal's reason if it aborts
 */
export async function openHere(
  setup: PipelineSetup,
  client: PipelineClient,
  signal: AbortSignal | undefined,
): Promise<PipelineHost> {
  // biome-ignore lint/style/noRestrictedImports: only pages without a worker download the worker's code.
  const code = import('../worker/pipeline.js');
  const { Pipeline } = await abortable(loadCode(code), signal);
  const creating = Pipeline.create(setup, client, signal);
  const pipeline = await abortable(creating, signal, (late) => void late.destroy());
  return {
    pipeline,
    lost: new Promise(() => {}),
    guard: (call) => call,
    close: () => pipeline.destroy(),
  };
}

/**
 * Loads code that a page needs only without a worker.
 *
 * @throws {CycloramaError} `asset` if the download fails
 */
export async function loadCode<Code>(loading: Promise<Code>): Promise<Code> {
  try {
    return await loading;
  } catch (cause) {
    throw new CycloramaError('asset', `the code that processes frames was not loaded: ${thrown(cause)}`, {
      cause,
    });
  }
}

/**
 * Creates a pipeline in a new worker.
 *
 * @throws {CycloramaError} as {@link Pipeline.create}, and `worker` if the worker does not start
 * @throws the signal's reason if it aborts
 */
export async function openWorker(
  setup: PipelineSetup,
  client: PipelineClient,
  signal: AbortSignal | undefined,
): Promise<PipelineHost> {
  const open = (api: Remote<WorkerApi>) => api.open(setup, proxy(client));
  const { remote: pipeline, ...service } = await openService<PipelineService>(open, signal);
  return { pipeline, ...service };
}

/**
 * Starts a worker and opens a service in it. If the worker starts and then terminates, as after a WebAssembly
 * crash, it is retried once: JavaScriptCore has crashed while an engine was created.
 *
 * @throws {CycloramaError} the error of `open`, and `worker` if the worker does not start
 * @throws the signal's reason if it aborts
 */
export async function openService<Work extends { destroy(): Promise<void> }>(
  open: (api: Remote<WorkerApi>) => Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<HostedService<Work>> {
  let hasStarted = false;
  const onStart = () => {
    hasStarted = true;
  };
  try {
    return await openOnce(open, signal, onStart);
  } catch (cause) {
    const hasTerminated = hasStarted && cause instanceof CycloramaError && cause.code === 'worker';
    if (!hasTerminated) throw cause;
    return openOnce(open, signal, onStart);
  }
}

async function openOnce<Work extends { destroy(): Promise<void> }>(
  open: (api: Remote<WorkerApi>) => Promise<unknown>,
  signal: AbortSignal | undefined,
  onStart: () => void,
): Promise<HostedService<Work>> {
  const { api, failed, watching, answered, end } = launch(START_TIMEOUT, signal);
  try {
    const lock = `cyclorama ${performance.timeOrigin + performance.now()} ${Math.random()}`;
    await Promise.race([api.hold(lock), failed]);
    answered();
    onStart();
    const lost = untilUnlocked(lock, watching);
    lost.catch(() => {});
    const remote = (await Promise.race([open(api), failed, lost])) as Remote<Work> & Work;
    const pendingCalls = new Set<(reason: unknown) => void>();
    let cause: unknown;
    lost.catch((reason) => {
      cause = reason;
      end();
      for (const reject of pendingCalls) reject(reason);
    });
    return {
      remote,
      lost,
      guard: (call) =>
        new Promise((resolve, reject) => {
          if (cause) return reject(cause);
          pendingCalls.add(reject);
          call.then(resolve, reject).finally(() => pendingCalls.delete(reject));
        }),
      async close() {
        let stop = () => {};
        const timeout = new Promise<void>((resolve) => {
          stop = waitAtMost(CLOSE_TIMEOUT, resolve);
        });
        await Promise.race([remote.destroy(), lost, timeout]).catch(() => {});
        stop();
        cause ??= terminated('it was closed');
        for (const reject of pendingCalls) reject(cause);
        remote[releaseProxy]();
        end();
      },
    };
  } catch (cause) {
    end();
    signal?.throwIfAborted();
    throw CycloramaError.from(cause);
  }
}

/**
 * Starts a worker, queries the backends that it supports, and terminates it.
 *
 * @throws {CycloramaError} `worker` if the worker does not start or does not answer
 */
export async function askWorker(choice: BackendChoice): Promise<ThreadSupport> {
  const { api, failed, end } = launch(SUPPORT_TIMEOUT, undefined);
  try {
    return await Promise.race([api.support(choice), failed]);
  } catch (cause) {
    throw CycloramaError.from(cause);
  } finally {
    end();
  }
}

/** A worker that has not answered yet. */
interface LaunchedWorker {
  readonly api: Remote<WorkerApi>;
  /** Rejects if the worker does not start, does not answer in time, or `signal` aborts. */
  readonly failed: Promise<never>;
  /** Aborted by `end`. */
  readonly watching: AbortSignal;
  /** Stops the timeout of the first answer. */
  answered(): void;
  end(): void;
}

/**
 * @param timeout for the first answer, in milliseconds
 * @throws {CycloramaError} `worker`
 * @throws the signal's reason if it aborts
 */
function launch(timeout: number, signal: AbortSignal | undefined): LaunchedWorker {
  signal?.throwIfAborted();
  const started = startWorker(
    () => new Worker(new URL('../worker/worker.js', import.meta.url), { type: 'module', name: 'cyclorama' }),
  );
  const { worker } = started;
  const watch = new AbortController();
  let answered = () => {};
  const failed = new Promise<never>((_, reject) => {
    const options = { signal: watch.signal };
    // Uncaught errors do not terminate a running worker.
    worker.addEventListener('error', ({ message }) => reject(notStarted(started, message)), options);
    signal?.addEventListener('abort', () => reject(signal.reason), options);
    answered = waitAtMost(timeout, () => {
      reject(terminated(`it did not answer within ${timeout / 1000} seconds`));
    });
  });
  failed.catch(() => {});
  const end = () => {
    answered();
    watch.abort();
    worker.terminate();
  };
  return { api: wrap<WorkerApi>(worker), failed, watching: watch.signal, answered, end };
}

function terminated(why: string): CycloramaError {
  return new CycloramaError('worker', `the worker terminated: ${why}`);
}

/**
 * Rejects when the worker has terminated, which no event reports. The worker holds a lock, which the browser
 * releases when the worker ends. Only secure pages have locks. On other pages this never settles.
 */
function untilUnlocked(lock: string, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    navigator.locks
      ?.request(lock, { signal }, () => reject(terminated('the browser or the page terminated it')))
      // The host was closed.
      .catch(() => {});
  });
}
