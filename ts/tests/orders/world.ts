/**
 * The browser of one run of the tests of call orders. The waits end in the order that a fast-check scheduler chooses, time passes
 * with no wait left, and faults occur when they are armed.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scheduler } from 'fast-check';
import { vi } from 'vitest';
import { CycloramaError } from '../../src/shared/errors.js';
import { settled } from '../fakes/media.js';

/** What can be made to fail, once each time that it is asked for. */
export const FAULTS = [
  'effect',
  'model',
  'createEngine',
  'replaceInstance',
  'setModel',
  'setBackground',
  'trap',
  'device-lost',
  'gpu',
  'worker',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Beyond this a run hangs. */
const MAX_STEPS = 20_000;

const realSetTimeout = globalThis.setTimeout;
const realClearTimeout = globalThis.clearTimeout;

/** The thread that code runs in: the page, or one of the workers. */
export class Realm {
  alive = true;
}
export const realms = new AsyncLocalStorage<Realm>();
export const page = new Realm();
export const here = () => realms.getStore() ?? page;

/** Says in which order waits end. */
export type Order = Pick<Scheduler, 'count' | 'waitOne'> & {
  schedule(work: Promise<void>, what: string): Promise<void>;
};

/** Waits end in the order in which they began. */
export class InOrder implements Order {
  readonly #waiting: (() => void)[] = [];

  count(): number {
    return this.#waiting.length;
  }

  async waitOne(): Promise<void> {
    this.#waiting.shift()?.();
  }

  schedule(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** Something that has to be closed. */
export abstract class Closable {
  closed = false;

  constructor() {
    World.current.opened(this);
  }

  close(): void {
    this.closed = true;
    World.current.open.delete(this);
  }
}

/** The settings of an engine. */
export interface EngineState {
  background: string;
  matting: string;
  model: string;
  ended: boolean;
}

/** One run's browser. */
export class World {
  /** The last one that was made. */
  static current: World;
  /** What is open, and where. */
  readonly open = new Map<Closable, Realm>();
  /** Engines whose memory is not given back, and where they are. */
  readonly engines = new Map<EngineState, Realm>();
  readonly stages: { lose(): void }[] = [];
  readonly tracks: Pick<MediaStreamTrack, 'readyState'>[] = [];
  readonly #scheduler: Order;
  readonly #faults = new Map<Fault, number>();
  readonly #timers = new Map<number, { due: number; fire: () => void }>();
  #now = 0;
  #timer = 0;

  constructor(scheduler: Order) {
    this.#scheduler = scheduler;
    World.current = this;
    Object.assign(globalThis, {
      setTimeout: (fire: () => void, delay = 0) => {
        const realm = here();
        this.#timer += 1;
        const run = () => realms.run(realm, () => realm.alive && fire());
        this.#timers.set(this.#timer, { due: this.#now + delay, fire: run });
        return this.#timer;
      },
      clearTimeout: (timer: number) => this.#timers.delete(timer),
    });
    vi.spyOn(performance, 'now').mockImplementation(() => this.#now);
  }

  /** Gives the globals back that every test shares. */
  close(): void {
    vi.restoreAllMocks();
    Object.assign(globalThis, { setTimeout: realSetTimeout, clearTimeout: realClearTimeout });
  }

  /** Waits for the turn that the scheduler gives; for ever in a worker that has ended. */
  async turn(what: string): Promise<void> {
    const realm = here();
    await this.#scheduler.schedule(Promise.resolve(), what);
    if (!realm.alive) await new Promise(() => {});
  }

  opened(it: Closable): void {
    if (here().alive) this.open.set(it, here());
  }

  arm(fault: Fault): void {
    this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1);
  }

  takes(fault: Fault): boolean {
    const left = this.#faults.get(fault) ?? 0;
    if (left > 0) this.#faults.set(fault, left - 1);
    return left > 0;
  }

  /** @throws where the fault is due */
  fail(fault: Fault, code: CycloramaError['code']): void {
    if (this.takes(fault)) throw new CycloramaError(code, `made to fail: ${fault}`);
  }

  /** Nothing fails any more. */
  mend(): void {
    this.#faults.clear();
  }

  /** Ends one wait, or where nothing waits for another thread, lets time go by until the next timer. Gives whether there was any. */
  async step(): Promise<boolean> {
    await settled();
    if (this.#scheduler.count() > 0) {
      await this.#scheduler.waitOne();
    } else {
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.due - b.due);
      if (!next) return false;
      const [id, { due, fire }] = next;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, due);
      fire();
    }
    await settled();
    return true;
  }

  /** Until nothing waits any more. */
  async drain(): Promise<void> {
    for (let steps = 0; await this.step(); steps += 1) {
      if (steps > MAX_STEPS) throw new Error('it comes to no end');
    }
  }

  /** Moves a resource to another thread, as sending it does. A terminated worker loses what is sent to it. */
  move(it: Closable, realm: Realm): void {
    if (!realm.alive) this.open.delete(it);
    else if (!it.closed) this.open.set(it, realm);
  }
}
