import { abortable } from '../shared/abortable.js';
import {
  type Background,
  type BackgroundFrame,
  closeBackground,
  closeFirstFrame,
} from '../shared/background.js';
import { Backoff } from '../shared/backoff.js';
import { NEUTRAL } from '../shared/color.js';
import type { Engine, EngineInfo } from '../shared/engine-types.js';
import { CycloramaError } from '../shared/errors.js';
import type { Matting } from '../shared/matting.js';
import type { Backend } from '../shared/thread-support.js';
import { isCurrent, replaceInstance } from './engine.js';
import { discard, type EngineConfig, free, type StartedEngine, start } from './engine-start.js';

/** Number of consecutive GPU failures after which the engine is replaced. */
const MAX_GPU_FAILURES = 3;

/** The parts of an {@link EngineConfig} that can change while frames are processed. */
export type EngineConfigChange = Partial<Pick<EngineConfig, 'model' | 'background' | 'matting'>>;

/** The owner of a supervised engine, which receives its notifications. */
export interface EngineOwner {
  /** Called when the engine is lost. Its pending results will not arrive. */
  lost(): void;
  /** Called when another engine has replaced the lost one. */
  recovered(backend: Backend): void;
  /** Called when all attempts to replace the engine have failed. */
  failed(error: CycloramaError): void;
  /** Returns the current frame of the background video. */
  backgroundFrame(): Promise<BackgroundFrame | undefined>;
}

/** Configures an engine, and replaces it with another one of the same configuration when it is lost. */
export class EngineSupervisor {
  readonly #owner: EngineOwner;
  readonly #backoff: Backoff<Backend>;
  readonly #end = new AbortController();
  /** `undefined` while the engine is being replaced, and after the last attempt has failed. */
  #engine: Engine | undefined;
  #info: EngineInfo;
  #config: EngineConfig;
  #gpuFailures = 0;
  /** Aborted when the current engine is lost. */
  #lost = new AbortController();
  /** Settles when the last change has succeeded or failed. Never rejects. */
  #changes: Promise<unknown> = Promise.resolve();
  /** Settles when the recovery has succeeded or failed. Never rejects. */
  #recovery: Promise<void> = Promise.resolve();
  #fatalError: CycloramaError | undefined;

  /**
   * Supervises a started engine. Takes ownership of the background's image.
   *
   * @throws {CycloramaError} if the engine fails; it is released
   */
  constructor({ engine, backends }: StartedEngine, config: EngineConfig, owner: EngineOwner) {
    this.#owner = owner;
    this.#backoff = new Backoff(backends);
    this.#engine = engine;
    this.#config = config;
    try {
      engine.setMatting(config.matting);
      this.#info = engine.info();
    } catch (cause) {
      discard(engine);
      throw CycloramaError.from(cause);
    }
    closeFirstFrame(config.background);
  }

  /** The engine, or `undefined` while it is being replaced. */
  get engine(): Engine | undefined {
    return this.#engine;
  }

  /**
   * Waits until an engine is available.
   *
   * @throws {CycloramaError} the {@link fatalError}, or `destroyed`
   */
  async whenReady(): Promise<Engine> {
    for (;;) {
      await this.#recovery;
      this.#assertUsable();
      if (this.#engine) return this.#engine;
    }
  }

  /** The error of the last attempt to replace the engine. No further attempt follows. */
  get fatalError(): CycloramaError | undefined {
    return this.#fatalError;
  }

  get background(): Background {
    return this.#config.background;
  }

  /** Backend, adapter and model of the engine, or of the last one while it is being replaced. */
  get info(): EngineInfo {
    try {
      if (this.#engine) this.#info = this.#engine.info();
    } catch (cause) {
      this.recordFailure(cause);
    }
    return this.#info;
  }

  /** Memory use of the engine, or `undefined` while it is being replaced. */
  get memory(): ReturnType<Engine['memory']> | undefined {
    try {
      return this.#engine?.memory();
    } catch (cause) {
      this.recordFailure(cause);
      return undefined;
    }
  }

  /**
   * Changes the configuration atomically. Applies changes in the order of the calls, and waits while the engine is being replaced.
   * Takes ownership of the background's image, even if the change fails.
   *
   * @throws {CycloramaError} the cause; the configuration stays unchanged
   * @throws the signal's reason if it aborts; the configuration stays unchanged
   */
  configure(change: EngineConfigChange, signal: AbortSignal | undefined): Promise<void> {
    const turn = this.#changes.then(() => this.#configure(change, signal));
    this.#changes = turn.catch(() => {
      if (change.background) closeBackground(change.background);
    });
    return turn;
  }

  async #configure(change: EngineConfigChange, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const engine = await this.#ready(signal);
      try {
        if (change.model) await this.#load(engine, change.model, signal);
        // No awaits from here on, so that no frame is processed between two of the changes.
        if (change.background) engine.setBackground(change.background);
        if (change.matting) engine.setMatting(change.matting);
      } catch (cause) {
        // The engine was replaced meanwhile: try the change on the new one.
        if (engine !== this.#engine && !signal?.aborted) continue;
        const error = signal?.aborted ? signal.reason : this.recordFailure(cause);
        await this.#restore(engine, change);
        throw error;
      }
      if (engine === this.#engine) break;
    }
    const { background } = this.#config;
    this.#config = { ...this.#config, ...change };
    if (!change.background) return;
    closeBackground(background);
    closeFirstFrame(change.background);
  }

  /** Waits for an engine until `signal` aborts. */
  async #ready(signal: AbortSignal | undefined): Promise<Engine> {
    signal?.throwIfAborted();
    return abortable(this.whenReady(), signal);
  }

  /** Loads a model into an engine. Stops waiting when the engine is lost, because it may never respond. */
  async #load(engine: Engine, model: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const stop = AbortSignal.any([this.#lost.signal, this.#end.signal, ...(signal ? [signal] : [])]);
    const loading = engine.setModel(model);
    try {
      await abortable(loading, stop);
    } catch (cause) {
      // The engine cannot cancel the load. Wait for it, so that the next model is loaded after this one.
      if (signal?.aborted) {
        await abortable(loading, AbortSignal.any([this.#lost.signal, this.#end.signal])).catch(() => {});
      }
      throw cause;
    }
  }

  /** Rolls a failed change back. */
  async #restore(engine: Engine, { model, background, matting }: EngineConfigChange): Promise<void> {
    if (engine !== this.#engine) return;
    try {
      if (model) await this.#load(engine, this.#config.model, undefined);
      if (matting) engine.setMatting(this.#config.matting);
      if (background) {
        const previous = await this.#currentBackground();
        try {
          engine.setBackground(previous);
        } finally {
          closeFirstFrame(previous);
        }
      }
    } catch (cause) {
      // The engine is half changed and must not process frames. Recording the error replaces it.
      if (engine === this.#engine) {
        this.recordFailure(new CycloramaError('internal', 'a change could not be rolled back', { cause }));
      }
    }
  }

  /** Changes the matting options at once. Ignores an error: if the engine is broken, the next frame reports it. */
  setMatting(matting: Matting): void {
    this.#config = { ...this.#config, matting };
    try {
      this.#engine?.setMatting(matting);
    } catch (cause) {
      this.recordFailure(cause);
    }
  }

  /** Records a processed frame: resets the number of consecutive GPU failures. */
  recordSuccess(): void {
    this.#gpuFailures = 0;
  }

  /** Converts a failure to a {@link CycloramaError}, and starts the recovery if the engine is lost. */
  recordFailure(cause: unknown): CycloramaError {
    const error = CycloramaError.from(cause);
    if (error.code === 'gpu') this.#gpuFailures += 1;
    const lost = ['device-lost', 'internal'].includes(error.code) || this.#gpuFailures >= MAX_GPU_FAILURES;
    const engine = this.#engine;
    if (lost && engine && !this.#end.signal.aborted) {
      this.#engine = undefined;
      this.#gpuFailures = 0;
      this.#lost.abort();
      this.#lost = new AbortController();
      this.#owner.lost();
      this.#recovery = this.#recover(engine, error);
    }
    return error;
  }

  /** Releases the engine. Frees its memory after `idle` resolves. */
  async destroy(idle: Promise<unknown>): Promise<void> {
    this.#end.abort();
    const engine = this.#engine;
    this.#engine = undefined;
    if (engine && isCurrent(engine)) engine.destroy();
    // Pending calls still use the engine's memory.
    await Promise.all([idle, this.#changes, this.#recovery]);
    if (engine) free(engine);
    closeBackground(this.#config.background);
  }

  async #recover(lost: Engine, cause: CycloramaError): Promise<void> {
    let error = cause;
    // A WebAssembly crash leaves the module's memory in an unknown state, so replace the instance. If that fails, the start of the
    // next engine retries it.
    if (cause.code === 'internal') await replaceInstance(lost).catch(() => {});
    else discard(lost);
    for (;;) {
      const attempt = this.#backoff.next(performance.now());
      if (!attempt) {
        this.#fatalError = error;
        this.#owner.failed(error);
        return;
      }
      await pause(attempt.delay, this.#end.signal);
      if (this.#end.signal.aborted) return;
      try {
        const engine = await this.#restart(attempt.candidate);
        if (this.#end.signal.aborted) return discard(engine);
        this.#engine = engine;
        this.#owner.recovered(attempt.candidate);
        return;
      } catch (cause) {
        if (this.#end.signal.aborted) return;
        error = CycloramaError.from(cause);
      }
    }
  }

  /** Creates an engine with the current configuration. */
  async #restart(backend: Backend): Promise<Engine> {
    const background = await this.#currentBackground();
    const engine = await start(backend, this.#config, background, this.#end.signal).finally(() =>
      closeFirstFrame(background),
    );
    try {
      // The quality level, and with it the refinement, may have changed meanwhile.
      engine.setMatting(this.#config.matting);
      return engine;
    } catch (cause) {
      discard(engine);
      throw cause;
    }
  }

  /** The background, with the current frame of a background video, because its first frame was closed. */
  async #currentBackground(): Promise<Background> {
    const { background } = this.#config;
    if (background.kind !== 'video') return background;
    const image = await this.#owner.backgroundFrame();
    return image ? { ...background, image } : { kind: 'color', color: NEUTRAL, lightWrap: 0 };
  }

  #assertUsable(): void {
    if (this.#end.signal.aborted) throw new CycloramaError('destroyed', 'the background was destroyed');
    if (this.#fatalError) throw this.#fatalError;
  }
}

/** Waits for the given time, or until the signal aborts. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
