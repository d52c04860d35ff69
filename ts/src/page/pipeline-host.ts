import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import { abortable } from '../shared/abortable.js';
import { CycloramaError } from '../shared/errors.js';
import type { PipelineClient, PipelineService, PipelineSetup, WorkerApi } from '../shared/protocol.js';
import type { BackendChoice, ThreadSupport } from '../shared/thread-support.js';
import { waitAtMost } from '../shared/timeout.js';
import { thrown } from '../shared/validation.js';
import { notStarted, startWorker } from './worker-script.js';

/** How long a worker may take to give everything back before it is ended anyway, in milliseconds. */
const FAREWELL = 3_000;

/**
 * How long the script of a worker may take to answer, in milliseconds. A worker that ends before it holds its lock tells nobody.
 */
const START_PATIENCE = 30_000;

/** The same where a worker is only asked what it offers, for which an app may wait with its page. */
const QUESTION_PATIENCE = 10_000;

/** Where work is done, and word of its end. */
export interface HostedService<Work> {
  readonly remote: Work;
  /** Rejects with {@link CycloramaError} `worker` if a worker has ended by itself; never resolves. */
  readonly lost: Promise<never>;
  /** What a call gives, or rejects as `lost` does. Racing with that would keep every result for as long as it lives. */
  guard<Result>(call: Promise<Result>): Promise<Result>;
  /** Resolves when all is released. */
  close(): Promise<void>;
}

/** Where frames are made. */
export interface PipelineHost extends Omit<HostedService<PipelineService>, 'remote'> {
  readonly pipeline: PipelineService;
}

/** What was opened, and whether in a worker. */
export interface Opened<Result> {
  readonly opened: Result;
  readonly inWorker: boolean;
  /** Why workers were left, where the page took their place. */
  readonly left: CycloramaError | undefined;
}

/**
 * Opens something in a worker or on the page.
 *
 * @param worker `undefined` for a worker, and the page where workers can run no backend
 * @throws what the last way that was tried rejects with
 */
export async function openInWorkerOrHere<Result>(
  worker: boolean | undefined,
  inWorker: () => Promise<Result>,
  here: () => Promise<Result>,
): Promise<Opened<Result>> {
  let left: CycloramaError | undefined;
  if (worker !== false) {
    try {
      return { opened: await inWorker(), inWorker: true, left };
    } catch (cause) {
      const isUnsupported = cause instanceof CycloramaError && cause.code === 'unsupported';
      if (!isUnsupported || worker) throw cause;
      left = cause;
    }
  }
  return { opened: await here(), inWorker: false, left };
}

/**
 * Creates a pipeline on the page.
 *
 * @throws {CycloramaError} as {@link Pipeline.create}
 * @throws the signal's reason once that is aborted
 */
export async function openHere(
  setup: PipelineSetup,
  front: PipelineClient,
  signal: AbortSignal | undefined,
): Promise<PipelineHost> {
  // biome-ignore lint/style/noRestrictedImports: only pages without a worker download the worker's code.
  const code = import('../worker/pipeline.js');
  const { Pipeline } = await abortable(loadCode(code), signal);
  const creating = Pipeline.create(setup, front, signal);
  const pipeline = await abortable(creating, signal, (late) => void late.destroy());
  return {
    pipeline: pipeline,
    lost: new Promise(() => {}),
    guard: (call) => call,
    close: () => pipeline.destroy(),
  };
}

/**
 * Waits for code that only pages without a worker download.
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
 * Starts a worker with a pipeline in it.
 *
 * @throws {CycloramaError} as {@link Pipeline.create}, and `worker` where the worker does not start
 * @throws the signal's reason once that is aborted
 */
export async function openWorker(
  setup: PipelineSetup,
  front: PipelineClient,
  signal: AbortSignal | undefined,
): Promise<PipelineHost> {
  const open = (entrance: Remote<WorkerApi>) => entrance.open(setup, proxy(front));
  const { remote: pipeline, ...service } = await openService<PipelineService>(open, signal);
  return { pipeline, ...service };
}

/**
 * Starts a worker and has it do what `open` asks for. A worker that starts and ends meanwhile, as at a WebAssembly trap, has one
 * successor: JavaScriptCore was seen to trap while an engine was made.
 *
 * @throws {CycloramaError} what `open` rejects with, and `worker` where the worker does not start
 * @throws the signal's reason once that is aborted
 */
export async function openService<Work extends { destroy(): Promise<void> }>(
  open: (entrance: Remote<WorkerApi>) => Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<HostedService<Work>> {
  let hasStarted = false;
  const noteStart = () => {
    hasStarted = true;
  };
  try {
    return await openOnce(open, signal, noteStart);
  } catch (cause) {
    const hasEnded = hasStarted && cause instanceof CycloramaError && cause.code === 'worker';
    if (!hasEnded) throw cause;
    return openOnce(open, signal, noteStart);
  }
}

async function openOnce<Work extends { destroy(): Promise<void> }>(
  open: (entrance: Remote<WorkerApi>) => Promise<unknown>,
  signal: AbortSignal | undefined,
  noteStart: () => void,
): Promise<HostedService<Work>> {
  const { entrance, failed, watching, answered, end } = launch(START_PATIENCE, signal);
  try {
    const lock = `cyclorama ${performance.timeOrigin + performance.now()} ${Math.random()}`;
    await Promise.race([entrance.hold(lock), failed]);
    answered();
    noteStart();
    const lost = untilUnlocked(lock, watching);
    lost.catch(() => {});
    const remote = (await Promise.race([open(entrance), failed, lost])) as Remote<Work> & Work;
    const waiting = new Set<(reason: unknown) => void>();
    let cause: unknown;
    lost.catch((reason) => {
      cause = reason;
      end();
      for (const reject of waiting) reject(reason);
    });
    return {
      remote,
      lost,
      guard: (call) =>
        new Promise((resolve, reject) => {
          if (cause) return reject(cause);
          waiting.add(reject);
          call.then(resolve, reject).finally(() => waiting.delete(reject));
        }),
      async close() {
        let stop = () => {};
        const patience = new Promise<void>((resolve) => {
          stop = waitAtMost(FAREWELL, resolve);
        });
        await Promise.race([remote.destroy(), lost, patience]).catch(() => {});
        stop();
        cause ??= ended('it was closed');
        for (const reject of waiting) reject(cause);
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
 * Starts a worker, asks it which backends it has, and ends it.
 *
 * @throws {CycloramaError} `worker` where the worker does not start or does not answer
 */
export async function askWorker(choice: BackendChoice): Promise<ThreadSupport> {
  const { entrance, failed, end } = launch(QUESTION_PATIENCE, undefined);
  try {
    return await Promise.race([entrance.support(choice), failed]);
  } catch (cause) {
    throw CycloramaError.from(cause);
  } finally {
    end();
  }
}

/** A worker that has not answered yet. */
interface LaunchedWorker {
  readonly entrance: Remote<WorkerApi>;
  /** Rejects where the worker does not start, does not answer in time, or `signal` is aborted. */
  readonly failed: Promise<never>;
  /** Aborted by `end`. */
  readonly watching: AbortSignal;
  /** Ends the wait for its first answer. */
  answered(): void;
  end(): void;
}

/**
 * @param patience how long it may take to answer, in milliseconds
 * @throws {CycloramaError} `worker`
 * @throws the signal's reason once that is aborted
 */
function launch(patience: number, signal: AbortSignal | undefined): LaunchedWorker {
  signal?.throwIfAborted();
  const started = startWorker(
    () => new Worker(new URL('../worker/worker.js', import.meta.url), { type: 'module', name: 'cyclorama' }),
  );
  const { worker } = started;
  const watch = new AbortController();
  let answered = () => {};
  const failed = new Promise<never>((_, reject) => {
    const options = { signal: watch.signal };
    // Once it has started, an error that nobody caught is no end of it.
    worker.addEventListener('error', ({ message }) => reject(notStarted(started, message)), options);
    signal?.addEventListener('abort', () => reject(signal.reason), options);
    answered = waitAtMost(patience, () => {
      reject(ended(`it has not answered for ${patience / 1000} seconds`));
    });
  });
  failed.catch(() => {});
  const end = () => {
    answered();
    watch.abort();
    worker.terminate();
  };
  return { entrance: wrap<WorkerApi>(worker), failed, watching: watch.signal, answered, end };
}

function ended(why: string): CycloramaError {
  return new CycloramaError('worker', `the worker has ended: ${why}`);
}

/**
 * Rejects when the worker has ended, which no event tells: it holds a lock for as long as it lives, and locks of the dead
 * are given back. Browsers have locks for secure pages alone; elsewhere this never settles.
 */
function untilUnlocked(lock: string, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    navigator.locks
      ?.request(lock, { signal }, () => reject(ended('the browser or the page ended it')))
      // It was closed by us.
      .catch(() => {});
  });
}
