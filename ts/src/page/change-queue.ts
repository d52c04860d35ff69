import { abortable } from '../shared/abortable.js';

/**
 * How long an aborted call waits for a commit that has started, in milliseconds. A working pipeline commits
 * in less, so the call can report the outcome of the change.
 */
const GRACE_PERIOD = 500;

/** The steps of a change. */
export interface Change<Loaded> {
  /**
   * Loads the change's files, in parallel with other changes. A result that arrives after `signal` has
   * aborted is released.
   */
  load(signal: AbortSignal): Promise<Loaded>;
  /** Applies the change, after all earlier ones. Rejects if `signal` aborts before that. */
  commit(loaded: Loaded, signal: AbortSignal): Promise<void>;
  /** Releases the resources that `commit` has not taken over. */
  release(loaded: Loaded): void;
}

/** A change that has not been applied yet. */
interface Pending<Key> {
  readonly keys: readonly Key[];
  readonly superseded: AbortController;
}

/**
 * Applies changes one after the other, each as a whole or not at all. A change supersedes earlier pending
 * changes that have a key in common with it.
 */
export class ChangeQueue<Key> {
  readonly #pending = new Set<Pending<Key>>();
  readonly #end = new AbortController();
  /** Settles when the last change has been applied or has failed. Never rejects. */
  #turns: Promise<void> = Promise.resolve();

  /**
   * Loads and applies a change.
   *
   * @param keys the options that it changes
   * @returns `true` once it is applied, `false` if another change superseded it
   * @throws the errors of `load` and `commit`, unless the change was superseded
   * @throws the signal's reason if it aborts, or the reason of {@link close}
   */
  async run<Loaded>(
    keys: readonly Key[],
    change: Change<Loaded>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const aborted = signal ? AbortSignal.any([signal, this.#end.signal]) : this.#end.signal;
    const superseded = new AbortController();
    for (const before of this.#pending) {
      if (keys.some((key) => before.keys.includes(key))) before.superseded.abort();
    }
    const pending = { keys, superseded };
    this.#pending.add(pending);
    const stop = AbortSignal.any([aborted, superseded.signal]);
    try {
      stop.throwIfAborted();
      const loaded = await abortable(change.load(stop), stop, (late) => change.release(late));
      await this.#commit(change, loaded, stop, aborted);
      return true;
    } catch (cause) {
      aborted.throwIfAborted();
      if (superseded.signal.aborted) return false;
      throw cause;
    } finally {
      this.#pending.delete(pending);
    }
  }

  /** Rejects all pending and future changes with `reason`. */
  close(reason: unknown): void {
    this.#end.abort(reason);
  }

  async #commit<Loaded>(
    change: Change<Loaded>,
    loaded: Loaded,
    stop: AbortSignal,
    aborted: AbortSignal,
  ): Promise<void> {
    const before = this.#turns;
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    this.#turns = before.then(() => finished);
    const done = () => {
      change.release(loaded);
      finish();
    };
    try {
      await abortable(before, stop);
      stop.throwIfAborted();
    } catch (cause) {
      done();
      throw cause;
    }
    // The commit may succeed although the call was aborted, so wait for its outcome.
    await withGracePeriod(change.commit(loaded, stop).finally(done), aborted);
  }
}

/** Awaits work until {@link GRACE_PERIOD} after `signal` aborts. */
async function withGracePeriod(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const late = new AbortController();
  const settled = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    timer = setTimeout(() => late.abort(signal.reason), GRACE_PERIOD);
  };
  signal.addEventListener('abort', wait, { signal: settled.signal });
  try {
    await abortable(work, late.signal);
  } finally {
    settled.abort();
    clearTimeout(timer);
  }
}
