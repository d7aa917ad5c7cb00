/**
 * Loaded before the bundle into each function's process of a soak, and into no other: every so many invocations it
 * collects all garbage and writes down what is left, so that a leak shows as a slope and a busy minute does not.
 */
"use strict";

const { appendFileSync } = require("node:fs");
const { setFlagsFromString } = require("node:v8");
const { runInNewContext } = require("node:vm");

const { SOAK_SAMPLES: file, SOAK_SAMPLE_EVERY: every, AWS_LAMBDA_FUNCTION_NAME: name } = process.env;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");
let invocations = 0;

process.on("message", ({ at }) => {
  invocations += 1;
  if (invocations % Number(every) !== 0) return;
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  const sample = { function: name, pid: process.pid, at, invocations, heap: heapUsed + external, rss };
  appendFileSync(file, `${JSON.stringify(sample)}\n`);
});
