import { abortable } from '../shared/abortable.js';
import {
  type Background,
  type BackgroundFrame,
  closeBackground,
  closeFirstFrame,
} from '../shared/background.js';
import { Backoff } from '../shared/backoff.js';
import { NEUTRAL } from '../shared/color.js';
import type { Engine, EngineInfo, PowerPreference, Precision } from '../shared/engine-types.js';
import { CycloramaError } from '../shared/errors.js';
import type { Matting } from '../shared/matting.js';
import type { Backend } from '../shared/thread-support.js';
import { createEngine, isCurrent, replaceInstance } from './engine.js';

/** So many frames in a row may meet an error of the GPU before the engine is replaced. */
const MAX_GPU_FAILURES = 3;

/** What an engine is to do. */
export interface Task {
  readonly model: Uint8Array;
  readonly background: Background;
  readonly matting: Matting;
  readonly precision: Precision;
  readonly powerPreference: PowerPreference;
  /** Where the wasm modules are, if not with the package. */
  readonly assetBase: URL | undefined;
}

/** What of a {@link Task} can change while frames flow. */
export type TaskChange = Partial<Pick<Task, 'model' | 'background' | 'matting'>>;

/** Whoever the engine is kept for. */
export interface Owner {
  /** The engine is gone: nothing that it was asked for will come. */
  lost(): void;
  /** There is an engine again. */
  recovered(backend: Backend): void;
  /** There will be none any more. */
  gaveUp(error: CycloramaError): void;
  /** What the background's video shows now. */
  picture(): Promise<BackgroundFrame | undefined>;
}

/** Keeps an engine at work: tells it what is chosen, and has another take its place with all of that when it is lost. */
export class EngineSupervisor {
  readonly #owner: Owner;
  readonly #recovery: Backoff<Backend>;
  readonly #end = new AbortController();
  /** Missing while another is being made in its place, and once that was given up. */
  #engine: Engine | undefined;
  #info: EngineInfo;
  #task: Task;
  #gpuFailures = 0;
  /** Aborted when the present engine is gone. */
  #gone = new AbortController();
  /** Settles when the last change is in force, or is not; never rejects. */
  #changes: Promise<unknown> = Promise.resolve();
  /** Settles when an engine is there, or there will be none; never rejects. */
  #recovered: Promise<void> = Promise.resolve();
  /** Why there will be no engine any more. */
  #broken: CycloramaError | undefined;

  /**
   * Starts an engine on the first backend of `backends` that works. The background's picture is the keeper's from then on.
   *
   * @throws {CycloramaError} `unsupported`, `asset`, `integrity`, `model`, `effect` or `gpu`
   * @throws the signal's reason once that is aborted
   */
  static async start(
    backends: readonly Backend[],
    task: Task,
    owner: Owner,
    signal: AbortSignal | undefined,
  ): Promise<EngineSupervisor> {
    let failure = new CycloramaError('unsupported', 'this browser has nothing to run on');
    for (const [index, backend] of backends.entries()) {
      try {
        const engine = await make(backend, task, task.background, signal);
        try {
          return new EngineSupervisor(engine, backends.slice(index), task, owner);
        } catch (cause) {
          discard(engine);
          throw cause;
        }
      } catch (cause) {
        signal?.throwIfAborted();
        failure = CycloramaError.from(cause);
        // Another backend would not make these good.
        if (!['unsupported', 'gpu', 'device-lost', 'internal'].includes(failure.code)) break;
      }
    }
    throw failure;
  }

  private constructor(engine: Engine, backends: readonly Backend[], task: Task, owner: Owner) {
    this.#owner = owner;
    this.#recovery = new Backoff(backends);
    this.#engine = engine;
    this.#task = task;
    engine.setMatting(task.matting);
    this.#info = engine.info();
    closeFirstFrame(task.background);
  }

  /** Missing while there is none. */
  get engine(): Engine | undefined {
    return this.#engine;
  }

  /**
   * The engine, once there is one again.
   *
   * @throws {CycloramaError} why there will be none any more
   */
  async whenReady(): Promise<Engine> {
    for (;;) {
      await this.#recovered;
      this.#assertUsable();
      if (this.#engine) return this.#engine;
    }
  }

  /** Why there will be no engine any more. */
  get broken(): CycloramaError | undefined {
    return this.#broken;
  }

  get background(): Background {
    return this.#task.background;
  }

  /** What the engine runs on and with, or the last one did. */
  get info(): EngineInfo {
    try {
      if (this.#engine) this.#info = this.#engine.info();
    } catch (cause) {
      this.note(cause);
    }
    return this.#info;
  }

  /** What the engine holds; `undefined` where there is none. */
  get memory(): ReturnType<Engine['memory']> | undefined {
    try {
      return this.#engine?.memory();
    } catch (cause) {
      this.note(cause);
      return undefined;
    }
  }

  /**
   * Changes what the engine is to do, all of it or nothing. Changes are put in force in the order of the calls, and wait while an
   * engine is being made. The background's picture is the keeper's, whatever becomes of the change.
   *
   * @throws {CycloramaError} why it cannot be; all stays as it was
   * @throws the signal's reason once that is aborted; all stays as it was
   */
  configure(change: TaskChange, signal: AbortSignal | undefined): Promise<void> {
    const turn = this.#changes.then(() => this.#configure(change, signal));
    this.#changes = turn.catch(() => {
      if (change.background) closeBackground(change.background);
    });
    return turn;
  }

  async #configure(change: TaskChange, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const engine = await this.#ready(signal);
      try {
        if (change.model) await this.#load(engine, change.model, signal);
        // Nothing waits from here on, so that no frame comes between two of the changes.
        if (change.background) engine.setBackground(change.background);
        if (change.matting) engine.setMatting(change.matting);
      } catch (cause) {
        // Another engine was not asked yet.
        if (engine !== this.#engine && !signal?.aborted) continue;
        const error = signal?.aborted ? signal.reason : this.note(cause);
        await this.#restore(engine, change);
        throw error;
      }
      if (engine === this.#engine) break;
    }
    const { background } = this.#task;
    this.#task = { ...this.#task, ...change };
    if (!change.background) return;
    closeBackground(background);
    closeFirstFrame(change.background);
  }

  /** Waits for an engine, as long as `signal` and the keeper do. */
  async #ready(signal: AbortSignal | undefined): Promise<Engine> {
    signal?.throwIfAborted();
    return abortable(this.whenReady(), signal);
  }

  /** Has an engine take a model. One that is lost meanwhile may never answer. */
  async #load(engine: Engine, model: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const stop = AbortSignal.any([this.#gone.signal, this.#end.signal, ...(signal ? [signal] : [])]);
    const loading = engine.setModel(model);
    try {
      await abortable(loading, stop);
    } catch (cause) {
      // The engine still takes what it was given up for, and another model must not come before that.
      if (signal?.aborted) {
        await abortable(loading, AbortSignal.any([this.#gone.signal, this.#end.signal])).catch(() => {});
      }
      throw cause;
    }
  }

  /** Gives an engine back what a change that failed may have taken from it. */
  async #restore(engine: Engine, { model, background, matting }: TaskChange): Promise<void> {
    if (engine !== this.#engine) return;
    try {
      if (model) await this.#load(engine, this.#task.model, undefined);
      if (matting) engine.setMatting(this.#task.matting);
      if (background) {
        const before = await this.#currentBackground();
        try {
          engine.setBackground(before);
        } finally {
          closeFirstFrame(before);
        }
      }
    } catch (cause) {
      // Frames must not go on between two states.
      if (engine === this.#engine) {
        this.note(new CycloramaError('internal', 'a change could not be taken back', { cause }));
      }
    }
  }

  /** Changes how masks become mattes, at once. An engine that cannot be told cannot make frames either, and those tell of it. */
  setMatting(matting: Matting): void {
    this.#task = { ...this.#task, matting };
    try {
      this.#engine?.setMatting(matting);
    } catch (cause) {
      this.note(cause);
    }
  }

  /** A frame was made: what befell the ones before counts no more. */
  succeeded(): void {
    this.#gpuFailures = 0;
  }

  /** Gives a failure its type, and has the engine replaced where it was the last one. */
  note(cause: unknown): CycloramaError {
    const error = CycloramaError.from(cause);
    if (error.code === 'gpu') this.#gpuFailures += 1;
    const lost = ['device-lost', 'internal'].includes(error.code) || this.#gpuFailures >= MAX_GPU_FAILURES;
    const engine = this.#engine;
    if (lost && engine && !this.#end.signal.aborted) {
      this.#engine = undefined;
      this.#gpuFailures = 0;
      this.#gone.abort();
      this.#gone = new AbortController();
      this.#owner.lost();
      this.#recovered = this.#recover(engine, error);
    }
    return error;
  }

  /** Gives all back, once `idle` says that nothing is under way any more. */
  async destroy(idle: Promise<unknown>): Promise<void> {
    this.#end.abort();
    const engine = this.#engine;
    this.#engine = undefined;
    if (engine && isCurrent(engine)) engine.destroy();
    // The engine's memory may go only when no call holds it.
    await Promise.all([idle, this.#changes, this.#recovered]);
    if (engine) free(engine);
    closeBackground(this.#task.background);
  }

  async #recover(lost: Engine, cause: CycloramaError): Promise<void> {
    let error = cause;
    // After a trap the module's memory cannot be trusted: a new instance takes its place. Where that fails, the next engine's
    // start tries again.
    if (cause.code === 'internal') await replaceInstance(lost).catch(() => {});
    else discard(lost);
    for (;;) {
      const attempt = this.#recovery.next(performance.now());
      if (!attempt) {
        this.#broken = error;
        this.#owner.gaveUp(error);
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

  /** Another engine, told all that the last one was. */
  async #restart(backend: Backend): Promise<Engine> {
    const background = await this.#currentBackground();
    const engine = await make(backend, this.#task, background, this.#end.signal).finally(() =>
      closeFirstFrame(background),
    );
    try {
      // Another quality level may have chosen another refinement meanwhile.
      engine.setMatting(this.#task.matting);
      return engine;
    } catch (cause) {
      discard(engine);
      throw cause;
    }
  }

  /** The background with its video's picture of now, as the first one is out of date. */
  async #currentBackground(): Promise<Background> {
    const { background } = this.#task;
    if (background.kind !== 'video') return background;
    const picture = await this.#owner.picture();
    return picture ? { ...background, image: picture } : { kind: 'color', color: NEUTRAL, lightWrap: 0 };
  }

  #assertUsable(): void {
    if (this.#end.signal.aborted) throw new CycloramaError('destroyed', 'the background was destroyed');
    if (this.#broken) throw this.#broken;
  }
}

/** An engine that is not told of its matting yet. One that comes after `signal` is discarded. */
function make(
  backend: Backend,
  { model, assetBase, precision, powerPreference }: Task,
  background: Background,
  signal: AbortSignal | undefined,
): Promise<Engine> {
  const options = { background, precision, powerPreference };
  return abortable(createEngine(backend, model, options, assetBase, signal), signal, discard);
}

/** Gives back what is left of an engine. */
function discard(engine: Engine): void {
  if (isCurrent(engine)) engine.destroy();
  free(engine);
}

function free(engine: Engine): void {
  // Another instance has something else at its place.
  if (!isCurrent(engine)) return;
  try {
    engine.free();
  } catch {
    // A call that was not waited for any longer still holds it: its memory goes with the module.
  }
}

/** Waits so many milliseconds, or until the signal. */
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
