/**
 * The virtual clock of a function's process, and everything that waits for it: timers and answers that are held back.
 *
 * The clock stands while the program runs or real I/O is outstanding. `beforeExit` says exactly when neither is so:
 * Node emits it when the event loop has nothing left that keeps it alive, which covers sockets, files, the thread
 * pool and name look-ups without counting any of them (counting was rejected: a zlib or crypto job in the pool is in
 * no list that a program can read). Idle keep-alive sockets do not keep the loop alive, and the channel to the engine
 * is unreferenced during an invocation. Then the earliest entry fires, and the clock jumps to it.
 */
"use strict";

const { AsyncResource } = require("node:async_hooks");

/** Entries by due instant, then by order of creation. */
const queue = [];
let now = 0;
/** Instant of the first invocation. */
let origin;
let created = 0;
/** `{ deadline, onStop }` while an invocation is under way. */
let run;

/** Begins an invocation. `onStop("deadline" | "empty")` is called when time cannot go on. */
function start(at, deadline, onStop) {
  now = at;
  origin ??= at;
  run = { deadline, onStop };
}

/** Freezes the clock, as Lambda freezes the environment between invocations. */
function freeze() {
  run = undefined;
}

/** Milliseconds since the process's first invocation. */
function elapsed() {
  return origin === undefined ? 0 : now - origin;
}

/** A place in the order of creation, for an entry whose instant is not known yet. */
function nextOrder() {
  created += 1;
  return created;
}

/**
 * Lets `action` happen at `due`; at once, in turn, if that has passed. It runs in the async context of this call.
 * An entry with `keepsAlive: false` fires too, but does not keep an invocation waiting by itself.
 */
function schedule(due, action, { order = nextOrder(), keepsAlive = true } = {}) {
  const resource = new AsyncResource("VirtualTime", { requireManualDestroy: true });
  const entry = { due, order, keepsAlive, fire: () => resource.runInAsyncScope(action) };
  queue.splice(placeOf(entry), 0, entry);
  return entry;
}

function cancel(entry) {
  const place = placeOf(entry);
  if (queue[place] === entry) queue.splice(place, 1);
}

function placeOf({ due, order }) {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = queue[middle];
    if (other.due < due || (other.due === due && other.order < order)) low = middle + 1;
    else high = middle;
  }
  return low;
}

process.on("beforeExit", () => {
  if (run === undefined) return;
  if (!queue.some((entry) => entry.keepsAlive)) return run.onStop("empty");
  if (queue[0].due >= run.deadline) {
    now = run.deadline;
    return run.onStop("deadline");
  }
  const entry = queue.shift();
  now = Math.max(now, entry.due);
  // The immediate brings the loop back to life; the program runs as from any timer.
  setImmediate(entry.fire);
});

module.exports = { now: () => now, elapsed, start, freeze, nextOrder, schedule, cancel };
