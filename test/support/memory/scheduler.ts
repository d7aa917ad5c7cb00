/**
 * Virtual time, and the order in which concurrent work goes on. Life of a step: a worker asks for its turn (or
 * sleeps until an instant), the scheduler picks it by a hash of seed and step, it runs until its next await of a
 * port, and the next pick follows. No real time passes, no socket is open, and one seed gives one order.
 */
import type { Clock } from "../../../lib/app/ports.ts";
import { chance } from "./chance.ts";

interface Waiter {
  readonly worker: Worker;
  readonly wake: () => void;
}

interface Sleeper extends Waiter {
  readonly at: number;
}

const NEVER = Number.POSITIVE_INFINITY;

export interface WorkerOptions {
  /** How far the worker's clock is ahead of true time, in ms; negative if behind. @default 0 */
  readonly skewMs?: number;
  /** The worker dies when it asks for this turn, the first being 1. @default - it does not */
  readonly diesAtTurn?: number;
  /** Each call of a port takes up to this long, by chance, in ms. @default 0 */
  readonly slowMs?: number;
}

export class Scheduler {
  readonly seed: number;
  #now: number;
  #step = 0;
  #workers = 0;
  #ready: Waiter[] = [];
  /** Earliest first; equal instants in the order in which they were asked for. */
  #sleeping: Sleeper[] = [];

  /** @param startAt true time at the start, ms since the epoch */
  constructor(seed: number, startAt: number) {
    this.seed = seed;
    this.#now = startAt;
  }

  /** True time, ms since the epoch. */
  get now(): number {
    return this.#now;
  }

  /**
   * Runs whoever is ready, and lets time pass when nobody is, until the work is done. Work that is still going
   * on then stays where it is.
   *
   * @throws Error if the work waits for something that the scheduler does not know of
   */
  async until<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const finish = () => {
      done = true;
    };
    work.then(finish, finish);
    for (;;) {
      await microtasksDone();
      if (done) return work;
      // A test that never ends must still meet the timeout of its runner.
      if (this.#step % 10_000 === 9_999) await new Promise((resolve) => setImmediate(resolve));
      if (!this.#next()) throw new Error("nothing is left to run, and the work is not done");
    }
  }

  /** Lets time pass, with whatever is still going on. */
  async pass(ms: number): Promise<void> {
    await this.until(new Worker(this).sleep(ms));
  }

  /** A number of its own for each worker. */
  nextWorker(): number {
    this.#workers += 1;
    return this.#workers;
  }

  ready(waiter: Waiter): void {
    this.#ready.push(waiter);
  }

  sleep(sleeper: Sleeper): void {
    const later = this.#sleeping.findIndex(({ at }) => at > sleeper.at);
    this.#sleeping.splice(later === -1 ? this.#sleeping.length : later, 0, sleeper);
  }

  /** Forgets a worker: none of its promises is ever kept. */
  forget(worker: Worker): void {
    this.#ready = this.#ready.filter((waiter) => waiter.worker !== worker);
    this.#sleeping = this.#sleeping.filter((sleeper) => sleeper.worker !== worker);
  }

  #next(): boolean {
    if (this.#ready.length === 0) this.#wakeNextInstant();
    if (this.#ready.length === 0) return false;
    const picked = Math.floor(chance(this.seed, ++this.#step) * this.#ready.length);
    const [waiter] = this.#ready.splice(picked, 1);
    waiter?.wake();
    return true;
  }

  #wakeNextInstant(): void {
    const [first] = this.#sleeping;
    if (first === undefined) return;
    this.#now = Math.max(this.#now, first.at);
    const later = this.#sleeping.findIndex(({ at }) => at > this.#now);
    this.#ready = this.#sleeping.splice(0, later === -1 ? this.#sleeping.length : later);
  }
}

/** Somebody who works through ports: one run of a function, or an operator. Has a clock of its own, and can die. */
export class Worker implements Clock {
  readonly #scheduler: Scheduler;
  readonly #skewMs: number;
  readonly #number: number;
  readonly #slowMs: number;
  readonly #diesAtTurn: number;
  #turns = 0;
  #dead = false;
  #died: () => void = () => {};
  /** Kept when the worker dies, and never otherwise. */
  readonly death = new Promise<"killed">((resolve) => {
    this.#died = () => resolve("killed");
  });

  constructor(scheduler: Scheduler, { skewMs = 0, slowMs = 0, diesAtTurn = NEVER }: WorkerOptions = {}) {
    this.#scheduler = scheduler;
    this.#number = scheduler.nextWorker();
    this.#skewMs = skewMs;
    this.#slowMs = slowMs;
    this.#diesAtTurn = diesAtTurn;
  }

  /** The worker's own clock. */
  now(): number {
    return this.#scheduler.now + this.#skewMs;
  }

  /** True time, which a provider or a store goes by. */
  get trueNow(): number {
    return this.#scheduler.now;
  }

  sleep(ms: number): Promise<void> {
    const at = this.#scheduler.now + Math.max(0, ms);
    return new Promise((wake) => {
      if (!this.#dead) this.#scheduler.sleep({ worker: this, at, wake });
    });
  }

  /** Waits until the scheduler picks this worker. Whoever is dead waits for ever. */
  async turn(): Promise<void> {
    this.#turns += 1;
    if (this.#turns >= this.#diesAtTurn) this.kill();
    if (this.#slowMs > 0) {
      const share = chance(this.#scheduler.seed, this.#number, this.#turns);
      await this.sleep(Math.floor(share * this.#slowMs));
    }
    await new Promise<void>((wake) => {
      if (!this.#dead) this.#scheduler.ready({ worker: this, wake });
    });
  }

  /** As when a function reaches its timeout: what it has begun elsewhere goes on, it itself does not. */
  kill(): void {
    this.#dead = true;
    this.#scheduler.forget(this);
    this.#died();
  }

  /** The same port, each of whose calls waits for a turn of this worker first. */
  taking<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          await this.turn();
          return Reflect.apply(member, target, args);
        };
      },
    });
  }
}

/** Node runs what is scheduled for the next tick when no microtask is left. */
function microtasksDone(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
