import { closeFirstPicture, closePicture } from './background.js';
import { NEUTRAL } from './color.js';
import {
  type Background,
  type BackgroundPicture,
  createEngine,
  type Engine,
  type EngineInfo,
  isCurrent,
  type Precision,
  replaceInstance,
} from './engine.js';
import { CycloramaError } from './errors.js';
import type { Matting } from './matting.js';
import { Recovery } from './recovery.js';
import { type Backend, type BackendChoice, findLadder } from './support.js';

/** So many frames in a row may meet an error of the GPU before the engine is replaced. */
const MAX_GPU_FAILURES = 3;

/** What an engine is to do. */
export interface Task {
  readonly model: Uint8Array;
  readonly background: Background;
  readonly matting: Matting;
  readonly precision: Precision;
  /** Where the wasm modules are, if not with the package. */
  readonly assetBase: URL | undefined;
}

/** Whoever the engine is kept for. */
export interface Owner {
  /** The engine is gone: nothing that it was asked for will come. */
  lost(): void;
  /** There is an engine again. */
  recovered(backend: Backend): void;
  /** There will be none any more. */
  gaveUp(error: CycloramaError): void;
  /** What the background's video shows now. */
  picture(): Promise<BackgroundPicture | undefined>;
}

/** Keeps an engine at work: tells it what is chosen, and has another take its place with all of that when it is lost. */
export class EngineKeeper {
  readonly #owner: Owner;
  readonly #recovery: Recovery<Backend>;
  readonly #end = new AbortController();
  /** Missing while another is being made in its place, and once that was given up. */
  #engine: Engine | undefined;
  #info: EngineInfo;
  #task: Task;
  #gpuFailures = 0;
  /** Settles when the present engine is gone. */
  #gone = new Gone();
  /** Settles when the engine has taken the last model; never rejects. */
  #models: Promise<unknown> = Promise.resolve();
  /** Settles when an engine is there, or there will be none; never rejects. */
  #recovered: Promise<void> = Promise.resolve();
  /** Why there will be no engine any more. */
  #broken: CycloramaError | undefined;

  /**
   * Starts an engine on the best backend that works. The background's picture is the keeper's from then on.
   *
   * @throws {CycloramaError} `unsupported`, `asset`, `integrity`, `model`, `effect` or `gpu`
   */
  static async start(choice: BackendChoice, task: Task, owner: Owner): Promise<EngineKeeper> {
    const { ladder, missing } = await findLadder(choice);
    let failure = new CycloramaError('unsupported', `this browser lacks ${missing.join(' and ')}`);
    for (const [rung, backend] of ladder.entries()) {
      try {
        const engine = await createEngine(
          backend,
          task.model,
          task.background,
          task.assetBase,
          task.precision,
        );
        try {
          return new EngineKeeper(engine, ladder.slice(rung), task, owner);
        } catch (cause) {
          discard(engine);
          throw cause;
        }
      } catch (cause) {
        failure = CycloramaError.from(cause);
        // Another backend would not make these good.
        if (!['unsupported', 'gpu', 'device-lost', 'internal'].includes(failure.code)) break;
      }
    }
    throw failure;
  }

  private constructor(engine: Engine, ladder: readonly Backend[], task: Task, owner: Owner) {
    this.#owner = owner;
    this.#recovery = new Recovery(ladder);
    this.#engine = engine;
    this.#task = task;
    engine.setMatting(task.matting);
    this.#info = engine.info();
    closeFirstPicture(task.background);
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
   * Takes the picture over.
   *
   * @throws {CycloramaError} why it cannot be shown; the old one stays
   */
  setBackground(background: Background): void {
    this.#assertUsable();
    try {
      this.#engine?.setBackground(background);
    } catch (cause) {
      closePicture(background);
      throw this.note(cause);
    }
    closePicture(this.#task.background);
    closeFirstPicture(background);
    this.#task = { ...this.#task, background };
  }

  /**
   * Resolves when the model is ready for the next frame.
   *
   * @throws {CycloramaError} why it is not; the old one stays
   */
  setModel(model: Uint8Array): Promise<void> {
    const turn = this.#models.then(async () => {
      for (;;) {
        await this.#recovered;
        this.#assertUsable();
        const engine = this.#engine;
        try {
          // An engine that is lost meanwhile may never answer.
          await Promise.race([engine?.setModel(model), this.#gone.promise]);
        } catch (cause) {
          if (engine === this.#engine) throw this.note(cause);
        }
        if (engine === this.#engine) break;
      }
      this.#task = { ...this.#task, model };
    });
    this.#models = turn.catch(() => {});
    return turn;
  }

  /** @throws {CycloramaError} why it cannot be; the old one stays */
  setMatting(matting: Matting): void {
    this.#assertUsable();
    try {
      this.#engine?.setMatting(matting);
    } catch (cause) {
      throw this.note(cause);
    }
    this.#task = { ...this.#task, matting };
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
      this.#gone.settle();
      this.#gone = new Gone();
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
    await Promise.all([idle, this.#models, this.#recovered]);
    if (engine) free(engine);
    closePicture(this.#task.background);
  }

  async #recover(lost: Engine, cause: CycloramaError): Promise<void> {
    // After a trap the module's memory cannot be trusted: a new instance takes its place.
    if (cause.code === 'internal') await replaceInstance(lost);
    else discard(lost);
    let error = cause;
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
        const engine = await this.#restart(attempt.rung);
        if (this.#end.signal.aborted) return discard(engine);
        this.#engine = engine;
        this.#owner.recovered(attempt.rung);
        return;
      } catch (cause) {
        error = CycloramaError.from(cause);
      }
    }
  }

  /** Another engine, told all that the last one was. */
  async #restart(backend: Backend): Promise<Engine> {
    const told = this.#task;
    const background = await this.#currentBackground();
    const engine = await createEngine(
      backend,
      told.model,
      background,
      told.assetBase,
      told.precision,
    ).finally(() => closeFirstPicture(background));
    try {
      engine.setMatting(this.#task.matting);
      // Chosen while the engine was made.
      if (told.background !== this.#task.background) {
        const chosen = await this.#currentBackground();
        engine.setBackground(chosen);
        closeFirstPicture(chosen);
      }
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
    return picture ? { ...background, picture } : { kind: 'color', color: NEUTRAL, lightWrap: 0 };
  }

  #assertUsable(): void {
    if (this.#end.signal.aborted) throw new CycloramaError('destroyed', 'the background was destroyed');
    if (this.#broken) throw this.#broken;
  }
}

/** Tells when an engine is gone. */
class Gone {
  settle = (): void => {};
  readonly promise = new Promise<void>((resolve) => {
    this.settle = resolve;
  });
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
