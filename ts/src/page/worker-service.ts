import { abortable } from '../shared/abortable.js';
import { closeFirstFrame } from '../shared/background.js';
import { Backoff } from '../shared/backoff.js';
import { NEUTRAL } from '../shared/color.js';
import { CycloramaError } from '../shared/errors.js';
import type {
  PipelineClient,
  PipelineService,
  PipelineSetup,
  PipelineSetupChange,
} from '../shared/protocol.js';
import type { Backend } from '../shared/thread-support.js';
import { recallFastest } from './fastest-backend.js';
import { openHere, openInWorkerOrHere, openWorker, type PipelineHost } from './pipeline-host.js';

/** The owner of a {@link WorkerService}, which receives its notifications. */
export interface WorkerServiceOwner {
  /** The current setup. */
  readonly setup: PipelineSetup;
  /** Called when the host has terminated and another one starts. */
  lost(cause: CycloramaError): void;
  /** Called when another host has replaced the lost one, so that frames flow again. */
  recovered(backend: Backend): void;
  /** Called when the page is used because workers support no backend. */
  usesPage(cause: CycloramaError): void;
  /** Called when all attempts to start another host have failed. */
  failed(cause: CycloramaError): void;
}

/** Runs the pipeline in a worker, or on the page. Restarts it with the current setup if it terminates. */
export class WorkerService {
  readonly #owner: WorkerServiceOwner;
  readonly #client: PipelineClient;
  /** Whether a worker is used. `undefined` before the first host is open. */
  #worker: boolean | undefined;
  readonly #restarts = new Backoff(['worker']);
  #host: PipelineHost | undefined;
  /** Whether a host was opened before. */
  #isRestart = false;
  /** Settles when a host is open, or all attempts have failed. Never rejects. */
  #opened: Promise<void> = Promise.resolve();
  #broken: CycloramaError | undefined;
  readonly #end = new AbortController();
  /** The current backend, or the last one. Meaningless before the first host. */
  backend: Backend = 'webgl';
  /** The number of the last change. */
  #changes = 0;

  /** @param worker `undefined` for a worker, or the page if workers support no backend */
  constructor(owner: WorkerServiceOwner, client: PipelineClient, worker: boolean | undefined) {
    this.#owner = owner;
    this.#client = client;
    this.#worker = worker;
  }

  /** Whether frames are processed in a worker. */
  get inWorker(): boolean {
    return this.#worker !== false;
  }

  /** `undefined` while another host starts, and once all attempts have failed. */
  get host(): PipelineHost | undefined {
    return this.#host;
  }

  /** Why all attempts to start a host have failed. */
  get broken(): CycloramaError | undefined {
    return this.#broken;
  }

  /**
   * Opens a host with the current setup.
   *
   * @throws {CycloramaError} as {@link openWorker}
   * @throws the signal's reason if it aborts
   */
  async open(signal: AbortSignal | undefined): Promise<void> {
    const sent = { ...(await this.#currentSetup()), fastest: recallFastest() };
    const host = await this.#start(sent, signal).finally(() => closeFirstFrame(sent.background));
    try {
      this.backend = await abortable(host.guard(host.pipeline.backend()), signal);
      signal?.throwIfAborted();
    } catch (cause) {
      void host.close();
      throw cause;
    }
    // These two settings may have changed while no host was open. Other changes wait for a host.
    const { display, paused } = this.#owner.setup;
    if (display !== sent.display) void host.guard(host.pipeline.setDisplay(display)).catch(() => {});
    if (paused !== sent.paused) void host.guard(host.pipeline.pause(paused)).catch(() => {});
    this.#isRestart = true;
    this.#host = host;
    host.lost.catch((cause) => {
      if (this.closed || this.#host !== host) return;
      this.#host = undefined;
      this.#opened = this.#reopen(CycloramaError.from(cause));
    });
  }

  async #start(setup: PipelineSetup, signal: AbortSignal | undefined): Promise<PipelineHost> {
    const { opened, inWorker, workerError } = await openInWorkerOrHere(
      this.#worker,
      () => openWorker(setup, this.#client, signal),
      () => openHere(setup, this.#client, signal),
    );
    // Later hosts run on the same thread as the first one, because the setup's images belong there.
    this.#worker = inWorker;
    if (workerError) this.#owner.usesPage(workerError);
    return opened;
  }

  /**
   * Calls the pipeline once a host is open.
   *
   * @throws {CycloramaError} the call's error, `worker` if no host runs any more, `destroyed`
   * @throws the signal's reason if it aborts while no host is open
   */
  async call<Result>(
    work: (pipeline: PipelineService) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    let host: PipelineHost | undefined;
    do {
      this.assertUsable();
      await abortable(this.settled(), signal);
      this.assertUsable();
      host = this.#host;
    } while (!host);
    try {
      return await host.guard(work(host.pipeline));
    } catch (cause) {
      if (this.closed) throw destroyed(cause);
      throw CycloramaError.from(cause);
    }
  }

  /** {@link call}, repeated with the next worker if one terminates meanwhile. */
  async callPersistently<Result>(
    work: (pipeline: PipelineService) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    for (;;) {
      try {
        return await this.call(work, signal);
      } catch (cause) {
        const lost = cause instanceof CycloramaError && cause.code === 'worker' && !this.#broken;
        if (signal?.aborted || !lost) throw cause;
      }
    }
  }

  /**
   * Applies a change, on the next worker if one terminates meanwhile. If `signal` aborts before that, the
   * change is not applied.
   *
   * @throws {CycloramaError} why the change failed; nothing has changed
   * @throws the signal's reason if it aborted before the change was applied
   */
  async configure(change: PipelineSetupChange, signal: AbortSignal): Promise<void> {
    const isApplied = await this.callPersistently(
      (pipeline) => this.#configure(pipeline, change, signal),
      signal,
    );
    if (!isApplied) throw signal.reason;
  }

  async #configure(
    pipeline: PipelineService,
    change: PipelineSetupChange,
    signal: AbortSignal,
  ): Promise<boolean> {
    this.#changes += 1;
    const number = this.#changes;
    const withdraw = () => void pipeline.withdraw(number).catch(() => {});
    signal.throwIfAborted();
    signal.addEventListener('abort', withdraw);
    try {
      return await pipeline.configure(change, number);
    } finally {
      signal.removeEventListener('abort', withdraw);
    }
  }

  /**
   * @throws {CycloramaError} `destroyed` after {@link close}, or why all attempts to start a host have failed
   */
  assertUsable(): void {
    if (this.closed) throw destroyed();
    if (this.#broken) throw this.#broken;
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#end.signal.aborted;
  }

  /**
   * Stops all restarts and notifications. Resolves when the host is released, without waiting for a host that
   * is still opening.
   */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#host?.close();
  }

  /** Resolves when no host is opening. */
  async settled(): Promise<void> {
    for (let opened: unknown; opened !== this.#opened; ) {
      opened = this.#opened;
      await opened;
    }
  }

  /** Starts another host after one has terminated. */
  async #reopen(cause: CycloramaError): Promise<void> {
    let error = cause;
    this.#owner.lost(error);
    for (;;) {
      const attempt = this.#restarts.next(performance.now());
      if (!attempt) {
        this.#broken = error;
        this.#owner.failed(error);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, attempt.delay));
      if (this.closed) return;
      try {
        await this.open(this.#end.signal);
      } catch (cause) {
        if (this.closed) return;
        error = CycloramaError.from(cause);
        continue;
      }
      // If it has terminated again, its handler starts the next one.
      if (this.#host) this.#owner.recovered(this.backend);
      return;
    }
  }

  /**
   * Returns the current setup. A restart needs a new frame of a video background, because the first one was
   * closed.
   */
  async #currentSetup(): Promise<PipelineSetup> {
    const { setup } = this.#owner;
    const { background } = setup;
    if (background.kind !== 'video' || !this.#isRestart) return setup;
    const image = await this.#client.backgroundFrame(true).catch(() => undefined);
    const replacement = { kind: 'color', color: NEUTRAL, lightWrap: 0 } as const;
    return { ...this.#owner.setup, background: image ? { ...background, image } : replacement };
  }
}

function destroyed(cause?: unknown): CycloramaError {
  return new CycloramaError('destroyed', 'the background was destroyed', { cause });
}
