/**
 * The process of one function instance on the wall clock: the unmodified bundle, and nothing of it patched but one
 * header. The endpoint tells a reader at an instant what there was at that instant, and its own clock stands.
 */
"use strict";

const http = require("node:http");
const { join } = require("node:path");

const send = http.request;
http.request = (...args) => {
  const request = send(...args);
  request.setHeader("x-virtual-time", String(Date.now()));
  return request;
};

let handler;
let usedBefore = { user: 0, system: 0 };

process.on("disconnect", () => process.exit());
process.on("message", async ({ event, timeoutMs }) => {
  const deadline = Date.now() + timeoutMs;
  try {
    handler ??= require(join(process.env.LAMBDA_TASK_ROOT, "index.js")).handler;
    const result = await handler(event, { getRemainingTimeInMillis: () => deadline - Date.now() });
    process.send({ result, cost: costOf() });
  } catch (error) {
    process.send({ error: String(error) });
  }
});

/** Since the last run, or since the process began. */
function costOf() {
  const used = process.cpuUsage(usedBefore);
  usedBefore = process.cpuUsage();
  return {
    cpuSeconds: (used.user + used.system) / 1e6,
    memoryMB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}
