/**
 * The process of one function, as its Lambda runtime: started by the engine with Lambda's environment and no
 * arguments, it runs the unmodified bundle. Life: patched before anything is loaded; the bundle is loaded by the first
 * invocation; then one invocation at a time, each with a message in and a message out; ended by the engine, by an
 * error outside a handler, or when the channel closes.
 *
 * Frozen between invocations: what a handler left behind goes on at the next one, at that one's instant.
 */
"use strict";

const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join } = require("node:path");
const clock = require("./clock.cjs");
require("./date.cjs");
require("./timers.cjs");
const chance = require("./chance.cjs");
const sockets = require("./sockets.cjs");
require("./http.cjs");
require("./fetch.cjs");
const logs = require("./logs.cjs");
// What a bundle imports by name must be patched too.
Module.syncBuiltinESMExports();

/** The invocation under way. */
let current;
let handler;

process.on("message", (invocation) => void invoke(invocation));
process.on("disconnect", () => process.exit());
process.on("uncaughtException", (error) => end({ error: errorOf(error) }, { lost: true }));
process.on("unhandledRejection", (reason) => {
  const error = { ...errorOf(reason), errorType: "Runtime.UnhandledPromiseRejection" };
  end({ error }, { lost: true });
});
process.on("exit", (code) => {
  const how = code === 0 ? "without providing a reason" : `with error: exit status ${code}`;
  end({ error: runtimeError("Runtime.ExitError", `Runtime exited ${how}`) }, { lost: true });
});

async function invoke(invocation) {
  current = invocation;
  const { requestId, at, timeoutMs, payload } = invocation;
  chance.begin(`${invocation.seed}\n${process.env.AWS_LAMBDA_FUNCTION_NAME}\n${requestId}`);
  clock.start(at, at + timeoutMs, stop);
  // Only real work may keep the loop alive now: the clock moves when nothing does.
  process.channel.unref();
  try {
    handler ??= load();
  } catch (error) {
    // Lambda throws such an environment away and tries again with a new one.
    return end({ error: errorOf(error) }, { lost: true });
  }
  try {
    const result = await handler(payload, contextOf(invocation));
    end({ result: JSON.parse(JSON.stringify(result ?? null)) });
  } catch (error) {
    end({ error: errorOf(error) });
  }
}

/** Time cannot go on: the deadline has come, or nothing is left that could happen. */
function stop(why) {
  const seconds = (current.timeoutMs / 1000).toFixed(2);
  const error =
    why === "deadline"
      ? runtimeError("Sandbox.Timedout", `Task timed out after ${seconds} seconds`)
      : runtimeError("Runtime.ExitError", "Runtime exited without providing a reason");
  end({ error }, { lost: true });
}

/** Says how the invocation ended. @param lost whether this process is of no further use. */
function end(outcome, { lost = false } = {}) {
  if (current === undefined) return lost ? process.exit(1) : undefined;
  const [host] = sockets.takeRefused();
  // Said here as well, since a program may swallow what its client was told.
  const refused =
    host === undefined ? undefined : { errorType: "Local.Refused", errorMessage: sockets.refusal(host) };
  current = undefined;
  clock.freeze();
  process.channel?.ref();
  process.send({
    at: clock.now(),
    ...(refused === undefined ? outcome : { error: refused }),
    logs: logs.take(),
    lost,
  });
}

/** `index.handler`: the export of that name of index.js, which is CommonJS whatever package.json lies above it. */
function load() {
  const root = process.env.LAMBDA_TASK_ROOT;
  const [file, name] = process.env._HANDLER.split(".");
  const path = join(root, `${file}.js`);
  const bundle = new Module(path);
  bundle.filename = path;
  // A package of the project around it must not make up for one that is missing in the bundle.
  bundle.paths = [join(dirname(path), "node_modules")];
  bundle._compile(readFileSync(path, "utf8"), path);
  const found = bundle.exports[name];
  if (typeof found === "function") return found;
  throw Object.assign(new Error(`${process.env._HANDLER} is undefined or not exported`), {
    name: "Runtime.HandlerNotFound",
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html, read 2026-11 */
function contextOf({ requestId, at, timeoutMs, functionArn }) {
  const { env } = process;
  return {
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: functionArn,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: requestId,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => at + timeoutMs - clock.now(),
  };
}

/** An error as Lambda answers it; its stack goes to the log. */
function errorOf(thrown) {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown) };
  const error = { errorType: thrown.name, errorMessage: thrown.message };
  const stack = String(thrown.stack)
    .split("\n")
    .filter((line) => !line.includes(__dirname));
  logs.add(`ERROR Invoke Error ${JSON.stringify({ ...error, stack })}`);
  return error;
}

function runtimeError(errorType, what) {
  return { errorType, errorMessage: `RequestId: ${current?.requestId} Error: ${what}` };
}
