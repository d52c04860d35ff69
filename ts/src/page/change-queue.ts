import { abortable } from '../shared/abortable.js';

/**
 * How long a change that is just being put in force may take to say whether it is, once its caller gives up, in milliseconds.
 * A pipeline that works says so in less.
 */
const GRACE = 500;

/** How a change is made. */
export interface Change<Loaded> {
  /** Loads what the change needs, beside other changes. What comes after `signal` has aborted is released. */
  load(signal: AbortSignal): Promise<Loaded>;
  /** Puts the change in force, in its turn; rejects where `signal` aborts before that. */
  commit(loaded: Loaded, signal: AbortSignal): Promise<void>;
  /** Gives back what `commit` has left of what was loaded. */
  release(loaded: Loaded): void;
}

/** A change that is on its way. */
interface Pending<Key> {
  readonly keys: readonly Key[];
  readonly overtaken: AbortController;
}

/**
 * Puts changes in force one after the other, each whole or not at all. A change overtakes those before it that are not in force
 * yet and change any of the same.
 */
export class ChangeQueue<Key> {
  readonly #pending = new Set<Pending<Key>>();
  readonly #end = new AbortController();
  /** Settles when the last change is in force, or will not be; never rejects. */
  #turns: Promise<void> = Promise.resolve();

  /**
   * Loads a change and puts it in force.
   *
   * @param keys what it changes
   * @returns `true` once it is in force, `false` where another overtook it
   * @throws what `load` or `commit` throws, unless it was overtaken
   * @throws the signal's reason once that is aborted, or the reason that the queue was closed for
   */
  async run<Loaded>(
    keys: readonly Key[],
    change: Change<Loaded>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const givenUp = signal ? AbortSignal.any([signal, this.#end.signal]) : this.#end.signal;
    const overtaken = new AbortController();
    for (const before of this.#pending) {
      if (keys.some((key) => before.keys.includes(key))) before.overtaken.abort();
    }
    const pending = { keys, overtaken };
    this.#pending.add(pending);
    const stop = AbortSignal.any([givenUp, overtaken.signal]);
    try {
      stop.throwIfAborted();
      const loaded = await abortable(change.load(stop), stop, (late) => change.release(late));
      await this.#commit(change, loaded, stop, givenUp);
      return true;
    } catch (cause) {
      givenUp.throwIfAborted();
      if (overtaken.signal.aborted) return false;
      throw cause;
    } finally {
      this.#pending.delete(pending);
    }
  }

  /** Gives up all changes that are not in force, now and from now on. */
  close(reason: unknown): void {
    this.#end.abort(reason);
  }

  async #commit<Loaded>(
    change: Change<Loaded>,
    loaded: Loaded,
    stop: AbortSignal,
    givenUp: AbortSignal,
  ): Promise<void> {
    const before = this.#turns;
    let leave = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#turns = before.then(() => left);
    const done = () => {
      change.release(loaded);
      leave();
    };
    try {
      await abortable(before, stop);
      stop.throwIfAborted();
    } catch (cause) {
      done();
      throw cause;
    }
    // From here on the change may come into force while it is given up: what it comes to is waited for.
    await patiently(change.commit(loaded, stop).finally(done), givenUp);
  }
}

/** Awaits work for {@link GRACE} longer than until `signal` aborts. */
async function patiently(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const late = new AbortController();
  const settled = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    timer = setTimeout(() => late.abort(signal.reason), GRACE);
  };
  signal.addEventListener('abort', wait, { signal: settled.signal });
  try {
    await abortable(work, late.signal);
  } finally {
    settled.abort();
    clearTimeout(timer);
  }
}
