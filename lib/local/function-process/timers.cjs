/** Timers on the virtual clock: the globals, `node:timers`, `node:timers/promises` and `AbortSignal.timeout`. */
"use strict";

const timers = require("node:timers");
const promises = require("node:timers/promises");
const { promisify } = require("node:util");
const clock = require("./clock.cjs");

/** Node's own limit: a longer delay counts as 1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;
/** Timers whose number somebody asked for. */
const byNumber = new Map();
let numbers = 0;

class Timeout {
  #action;
  #delay;
  #repeats;
  #entry;
  #keepsAlive = true;
  #isCleared = false;
  #number;

  constructor(callback, delay, args, repeats) {
    if (typeof callback !== "function") {
      const message = `The "callback" argument must be of type function. Received ${typeof callback}`;
      throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
    }
    const ms = Number(delay);
    this.#delay = ms >= 1 && ms <= MAX_DELAY_MS ? Math.trunc(ms) : 1;
    this.#repeats = repeats;
    this.#action = () => callback.apply(this, args);
    this.#arm();
  }

  #arm() {
    this.#entry = clock.schedule(clock.now() + this.#delay, () => this.#fire(), {
      keepsAlive: this.#keepsAlive,
    });
  }

  #fire() {
    const fired = this.#entry;
    this.#action();
    // Unless the callback has cleared or refreshed it.
    if (this.#entry !== fired) return;
    if (this.#repeats) this.#arm();
    else this.#disarm();
  }

  #disarm() {
    if (this.#entry !== undefined) clock.cancel(this.#entry);
    this.#entry = undefined;
    byNumber.delete(this.#number);
  }

  close() {
    this.#isCleared = true;
    this.#disarm();
    return this;
  }

  /** What has fired begins anew; undici's own list of timers lives on that, and grows without end where it is not so. */
  refresh() {
    if (this.#isCleared) return this;
    if (this.#entry !== undefined) clock.cancel(this.#entry);
    this.#arm();
    return this;
  }

  ref() {
    return this.#setKeepsAlive(true);
  }

  unref() {
    return this.#setKeepsAlive(false);
  }

  hasRef() {
    return this.#keepsAlive;
  }

  #setKeepsAlive(keepsAlive) {
    this.#keepsAlive = keepsAlive;
    if (this.#entry !== undefined) this.#entry.keepsAlive = keepsAlive;
    return this;
  }

  [Symbol.toPrimitive]() {
    if (this.#number === undefined) {
      numbers += 1;
      this.#number = numbers;
      byNumber.set(numbers, this);
    }
    return this.#number;
  }
}
if (Symbol.dispose !== undefined) Timeout.prototype[Symbol.dispose] = Timeout.prototype.close;

const setTimeout = (callback, delay, ...args) => new Timeout(callback, delay, args, false);
const setInterval = (callback, delay, ...args) => new Timeout(callback, delay, args, true);
const clear = (timer) => {
  const known = timer instanceof Timeout ? timer : byNumber.get(Number(timer));
  known?.close();
};

function sleep(delay, value, { signal, ref = true } = {}) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clear(timer);
      reject(Object.assign(new Error("The operation was aborted", { cause: signal.reason }), ABORTED));
    };
    if (signal?.aborted) return stop();
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve(value);
    }, delay);
    if (!ref) timer.unref();
    signal?.addEventListener("abort", stop, { once: true });
  });
}
const ABORTED = { name: "AbortError", code: "ABORT_ERR" };

// Waits from tick to tick: ticks that nobody waited for are not kept, unlike Node's.
async function* ticks(delay, value, options) {
  for (;;) yield await sleep(delay, value, options);
}

setTimeout[promisify.custom] = sleep;
const patched = { setTimeout, setInterval, clearTimeout: clear, clearInterval: clear };
Object.assign(globalThis, patched);
Object.assign(timers, patched);
Object.assign(promises, { setTimeout: sleep, setInterval: ticks });
promises.scheduler.wait = (delay, options) => sleep(delay, undefined, options);

AbortSignal.timeout = (delay) => {
  const controller = new AbortController();
  const abort = () => {
    controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  };
  setTimeout(abort, delay).unref();
  return controller.signal;
};
