/**
 * Requests by `node:http` and `node:https`. Life of a request: sent at a virtual instant, which it says in
 * `x-virtual-time`; answered in real time while the clock stands; its answer held until the clock has reached the
 * instant plus the answer's latency; then given to the program. The socket stays with the request until then, so
 * that aborts and timeouts meet what they would meet in real time. One that waits for a socket of its agent counts as
 * sent when it was made.
 */
"use strict";

const http = require("node:http");
const https = require("node:https");
const clock = require("./clock.cjs");
const { dateHeader, latencyOf } = require("./held-answer.cjs");

for (const protocol of [http, https]) {
  const send = protocol.request;
  protocol.request = (...args) => hold(send(...args));
  protocol.get = (...args) => {
    const request = protocol.request(...args);
    request.end();
    return request;
  };
}

function hold(request) {
  const sentAt = clock.now();
  const order = clock.nextOrder();
  request.setHeader("x-virtual-time", String(sentAt));
  const { emit, destroy } = request;
  /** Events that the program must not see yet. */
  let withheld;
  let entry;

  const withhold = (event, latency) => {
    withheld = [event];
    entry = clock.schedule(sentAt + latency, giveOut, { order });
  };
  const giveOut = () => {
    delete request.emit;
    delete request.destroy;
    for (const event of withheld) event();
  };

  request.emit = (name, ...values) => {
    const event = () => emit.call(request, name, ...values);
    if (name === "response") {
      const [response] = values;
      const body = collect(response, () => request.socket?.unref());
      withhold(() => {
        body.giveOut();
        if (!event()) response.resume();
      }, latencyOf(response.headers["x-virtual-latency-ms"]));
      return true;
    }
    // The connection broke in the middle of an answer that the program has not seen.
    if (name === "close" && withheld !== undefined && request.res?.complete === false)
      withheld = [() => emit.call(request, "error", reset("aborted"))];
    if (name !== "error" && name !== "close") return event();
    if (withheld === undefined) withhold(event, 0);
    else withheld.push(event);
    return true;
  };

  request.destroy = (error) => {
    if (withheld === undefined || request.res === null) return destroy.call(request, error);
    clock.cancel(entry);
    delete request.emit;
    delete request.destroy;
    // Before an answer Node reports what destroyed the request; this one has an answer, but the program does not.
    process.nextTick(() => request.emit("error", error ?? reset("socket hang up")));
    for (const event of withheld.slice(1)) process.nextTick(event);
    return destroy.call(request);
  };
  return request;
}

/**
 * Takes in a whole body without the program reading it: when it is given out must not depend on how it was cut in
 * pieces on the way. A socket that has brought its answer no longer keeps the loop alive.
 */
function collect(response, onComplete) {
  const { push } = response;
  const chunks = [];
  response.push = (chunk) => {
    if (chunk === null) onComplete();
    else chunks.push(chunk);
    return true;
  };
  return {
    giveOut: () => {
      delete response.push;
      if ("date" in response.headers) response.headers.date = dateHeader();
      for (const chunk of chunks) push.call(response, chunk);
      push.call(response, null);
    },
  };
}

function reset(message) {
  return Object.assign(new Error(message), { code: "ECONNRESET" });
}
