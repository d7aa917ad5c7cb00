/** Requests by the global `fetch`, held as those by `node:http` are. A body arrives whole: a stream has one chunk. */
"use strict";

const clock = require("./clock.cjs");
const { dateHeader, latencyOf } = require("./held-answer.cjs");

const send = globalThis.fetch;
/** https://fetch.spec.whatwg.org/#null-body-status */
const BODILESS = new Set([204, 205, 304]);

globalThis.fetch = async function fetch(input, init) {
  const sentAt = clock.now();
  const order = clock.nextOrder();
  const asked = input instanceof Request ? input : undefined;
  const headers = new Headers(init?.headers ?? asked?.headers);
  headers.set("x-virtual-time", String(sentAt));
  const signal = init?.signal ?? asked?.signal;
  let answer;
  try {
    const response = await send(input, { ...init, headers });
    // Whole, so that its socket is free again and the clock may move.
    answer = { response, body: await response.arrayBuffer() };
  } catch (error) {
    await until(sentAt, order, signal);
    throw error;
  }
  await until(sentAt + latencyOf(answer.response.headers.get("x-virtual-latency-ms")), order, signal);
  return rebuilt(answer);
};

/** Resolves at the instant; rejects when the signal aborts before. */
function until(instant, order, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clock.cancel(entry);
      reject(signal.reason);
    };
    const arrive = () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    };
    const entry = clock.schedule(instant, arrive, { order });
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

function rebuilt({ response: { status, statusText, headers, url, redirected }, body }) {
  const response = new Response(BODILESS.has(status) ? null : body, { status, statusText, headers });
  if (headers.has("date")) response.headers.set("date", dateHeader());
  // A response that a program makes has no address.
  Object.defineProperty(response, "url", { value: url });
  Object.defineProperty(response, "redirected", { value: redirected });
  return response;
}
