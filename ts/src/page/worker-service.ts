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
import { openHere, openInWorkerOrHere, openWorker, type PipelineHost } from './pipeline-host.js';

/** Whose host it is. */
export interface WorkerServiceOwner {
  /** All that is chosen by now. */
  readonly setup: PipelineSetup;
  /** Another host is being started in place of one that has ended. */
  lost(cause: CycloramaError): void;
  /** Frames flow again. */
  recovered(backend: Backend): void;
  /** Frames are made on the page, as workers can run no backend. */
  leftWorker(cause: CycloramaError): void;
  /** There will be no host any more. */
  gaveUp(cause: CycloramaError): void;
}

/** Keeps a place where frames are made: starts a worker, sees its end, and starts another one with all that was chosen. */
export class WorkerService {
  readonly #owner: WorkerServiceOwner;
  readonly #front: PipelineClient;
  /** Whether frames are made in a worker; `undefined` while the page may still take its place. */
  #worker: boolean | undefined;
  readonly #restarts = new Backoff(['worker']);
  #host: PipelineHost | undefined;
  /** Whether there was a host before the one that is opened next. */
  #opensAgain = false;
  /** Settles when there is a host, or there will be none; never rejects. */
  #opened: Promise<void> = Promise.resolve();
  #broken: CycloramaError | undefined;
  readonly #end = new AbortController();
  /** What frames run on, or ran on last; of no meaning before the first host. */
  backend: Backend = 'webgl';
  /** How many changes were begun. */
  #changes = 0;

  /** @param worker `undefined` for a worker, and the page where workers can run no backend */
  constructor(owner: WorkerServiceOwner, front: PipelineClient, worker: boolean | undefined) {
    this.#owner = owner;
    this.#front = front;
    this.#worker = worker;
  }

  /** Whether frames are made in a worker. */
  get inWorker(): boolean {
    return this.#worker !== false;
  }

  /** Missing while another worker is being started, and once that was given up. */
  get host(): PipelineHost | undefined {
    return this.#host;
  }

  /** Why there will be no host any more. */
  get broken(): CycloramaError | undefined {
    return this.#broken;
  }

  /**
   * Starts the worker, or what stands for it on the page, with all that is chosen by now.
   *
   * @throws {CycloramaError} as {@link openWorker}
   * @throws the signal's reason once that is aborted
   */
  async open(signal: AbortSignal | undefined): Promise<void> {
    const sent = await this.#refreshed();
    const host = await this.#start(sent, signal).finally(() => closeFirstFrame(sent.background));
    try {
      this.backend = await abortable(host.guard(host.pipeline.backend()), signal);
      signal?.throwIfAborted();
    } catch (cause) {
      void host.close();
      throw cause;
    }
    // These are told at once, and nobody was there to be told; the rest waits for a host.
    const { display, paused } = this.#owner.setup;
    if (display !== sent.display) void host.guard(host.pipeline.setDisplay(display)).catch(() => {});
    if (paused !== sent.paused) void host.guard(host.pipeline.pause(paused)).catch(() => {});
    this.#opensAgain = true;
    this.#host = host;
    host.lost.catch((cause) => {
      if (this.closed || this.#host !== host) return;
      this.#host = undefined;
      this.#opened = this.#reopen(CycloramaError.from(cause));
    });
  }

  async #start(setup: PipelineSetup, signal: AbortSignal | undefined): Promise<PipelineHost> {
    const { opened, inWorker, left } = await openInWorkerOrHere(
      this.#worker,
      () => openWorker(setup, this.#front, signal),
      () => openHere(setup, this.#front, signal),
    );
    // Another host is where the first one was: only there are the pictures of its setup.
    this.#worker = inWorker;
    if (left) this.#owner.leftWorker(left);
    return opened;
  }

  /**
   * Has the pipeline do something, once there is one.
   *
   * @throws {CycloramaError} what the work rejects with, `worker` where there is no host any more, `destroyed`
   * @throws the signal's reason once that is aborted while there is no host
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

  /** The same, with the next worker where one ends meanwhile. */
  async insist<Result>(
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
   * Puts a change in force, on the next worker where one ends meanwhile. Once `signal` is aborted, what is not in force yet will
   * not be.
   *
   * @throws {CycloramaError} why the change cannot be; all stays as it was
   * @throws the signal's reason where it came before the change was in force
   */
  async configure(change: PipelineSetupChange, signal: AbortSignal): Promise<void> {
    const inForce = await this.insist((pipeline) => this.#configure(pipeline, change, signal), signal);
    if (!inForce) throw signal.reason;
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

  /** @throws {CycloramaError} `destroyed` once it was closed, or why there will be no host any more */
  assertUsable(): void {
    if (this.closed) throw destroyed();
    if (this.#broken) throw this.#broken;
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#end.signal.aborted;
  }

  /** Nothing is started or told from now on. Resolves when the host is released; one that is being opened is not waited for. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#host?.close();
  }

  /** Resolves when no host is being opened any more. */
  async settled(): Promise<void> {
    for (let opened: unknown; opened !== this.#opened; ) {
      opened = this.#opened;
      await opened;
    }
  }

  /** Starts another worker in place of one that has ended. */
  async #reopen(cause: CycloramaError): Promise<void> {
    let error = cause;
    this.#owner.lost(error);
    for (;;) {
      const attempt = this.#restarts.next(performance.now());
      if (!attempt) {
        this.#broken = error;
        this.#owner.gaveUp(error);
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
      // Where it has gone again, whoever saw that starts the next.
      if (this.#host) this.#owner.recovered(this.backend);
      return;
    }
  }

  /** All that is chosen by now, with a video's picture of now: the one of the start has been closed. */
  async #refreshed(): Promise<PipelineSetup> {
    const { setup } = this.#owner;
    const { background } = setup;
    if (background.kind !== 'video' || !this.#opensAgain) return setup;
    const picture = await this.#front.backgroundFrame(true).catch(() => undefined);
    const instead = { kind: 'color', color: NEUTRAL, lightWrap: 0 } as const;
    return { ...this.#owner.setup, background: picture ? { ...background, image: picture } : instead };
  }
}

function destroyed(cause?: unknown): CycloramaError {
  return new CycloramaError('destroyed', 'the background was destroyed', { cause });
}
