/** What `http` and `fetch` share: how long an answer is held, and what a request and its answer say about time. */
"use strict";

const clock = require("./clock.cjs");

/** Virtual milliseconds that the server wants its answer to take. */
function latencyOf(header) {
  const latency = Number(header ?? 0);
  if (!(latency >= 0 && latency < Number.POSITIVE_INFINITY))
    throw new Error(
      `x-virtual-latency-ms must be milliseconds of at least 0, got: ${String(header).slice(0, 40)}`,
    );
  return latency;
}

/** The Date header as of now: a server's own is real time, which an SDK would take for clock skew. */
function dateHeader() {
  return new Date(clock.now()).toUTCString();
}

module.exports = { latencyOf, dateHeader };
