/**
 * A simulated browser for tests of call orders. A fast-check scheduler chooses the order in which pending operations finish. Time
 * advances when no operation is pending, and armed faults make operations fail.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scheduler } from 'fast-check';
import { vi } from 'vitest';
import { CycloramaError } from '../../src/shared/errors.js';
import { settled } from '../fakes/media.js';

/** Operations that can be made to fail. Arming a fault fails one operation. */
export const FAULTS = [
  'effect',
  'model',
  'createEngine',
  'replaceInstance',
  'setModel',
  'setBackground',
  'wasm-crash',
  'device-lost',
  'gpu',
  'worker',
] as const;
export type Fault = (typeof FAULTS)[number];

/** The limit of steps in a run, after which the run counts as hung. */
const MAX_STEPS = 20_000;

const realSetTimeout = globalThis.setTimeout;
const realClearTimeout = globalThis.clearTimeout;

/** The thread that runs the code: the page, or one of the workers. */
export class Realm {
  alive = true;
}
export const realms = new AsyncLocalStorage<Realm>();
export const page = new Realm();
export const here = () => realms.getStore() ?? page;

/** Chooses the order in which pending operations finish. */
export type Order = Pick<Scheduler, 'count' | 'waitOne'> & {
  schedule(work: Promise<void>, what: string): Promise<void>;
};

/** Finishes operations in the order in which they started. */
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

/** A resource that must be closed. */
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

/** The browser of one run. */
export class World {
  /** The world of the current run. */
  static current: World;
  /** The open resources, and their threads. */
  readonly open = new Map<Closable, Realm>();
  /** The engines that are not freed, and their threads. */
  readonly engines = new Map<EngineState, Realm>();
  readonly workers: { lose(): void }[] = [];
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

  /** Restores the globals. */
  close(): void {
    vi.restoreAllMocks();
    Object.assign(globalThis, { setTimeout: realSetTimeout, clearTimeout: realClearTimeout });
  }

  /** Waits until the scheduler finishes this operation. Never resolves in a terminated worker. */
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

  consume(fault: Fault): boolean {
    const left = this.#faults.get(fault) ?? 0;
    if (left > 0) this.#faults.set(fault, left - 1);
    return left > 0;
  }

  /** @throws if the fault is armed */
  fail(fault: Fault, code: CycloramaError['code']): void {
    if (this.consume(fault)) throw new CycloramaError(code, `made to fail: ${fault}`);
  }

  /** Disarms all faults. */
  disarm(): void {
    this.#faults.clear();
  }

  /** Finishes one operation, or fires the next timer if none is pending. Resolves with false when neither exists. */
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

  /** Steps until no operation and no timer is pending. */
  async drain(): Promise<void> {
    for (let steps = 0; await this.step(); steps += 1) {
      if (steps > MAX_STEPS) throw new Error('the run does not end');
    }
  }

  /** Moves a resource to another thread, as a transfer does. A terminated worker drops what it receives. */
  move(it: Closable, realm: Realm): void {
    if (!realm.alive) this.open.delete(it);
    else if (!it.closed) this.open.set(it, realm);
  }
}
