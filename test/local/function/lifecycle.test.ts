import { describe, expect, it } from "vitest";
import { startFunction } from "../../../lib/local/function-host.ts";
import { aFunction, NOON } from "./fixture.ts";

describe("a function on this machine", () => {
  it("runs a CommonJS bundle although the package around it says ES module", async () => {
    const echo = aFunction("exports.handler = async (event) => ({ got: event.color });");
    expect(await echo.call({ color: "green" })).toEqual({ at: NOON, result: { got: "green" }, logs: [] });
  });

  it("keeps its process warm between invocations", async () => {
    const counter = aFunction("let n = 0; exports.handler = async () => (n += 1);");
    expect([await counter.result(), await counter.result(), await counter.result()]).toEqual([1, 2, 3]);
  });

  it("answers null when the handler returns nothing, as Lambda does", async () => {
    expect(await aFunction("exports.handler = async () => {};").call()).toEqual({
      at: NOON,
      result: null,
      logs: [],
    });
  });

  it("gives Lambda's environment and nothing of the engine's own process", async () => {
    process.env["SECRET_OF_THE_ENGINE"] = "x";
    const env = (await aFunction("exports.handler = async () => process.env;", {
      environment: { TABLE_NAME: "t", AWS_LAMBDA_FUNCTION_NAME: "another" },
      credentials: { accessKeyId: "local-Warm", secretAccessKey: "local" },
    }).result()) as Record<string, string>;
    delete process.env["SECRET_OF_THE_ENGINE"];
    expect(env).toMatchObject({
      TABLE_NAME: "t",
      AWS_LAMBDA_FUNCTION_NAME: "warm",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "local-Warm",
      TZ: "UTC",
    });
    expect(Object.keys(env)).not.toContain("SECRET_OF_THE_ENGINE");
    expect(Object.keys(env)).not.toContain("PATH");
  });

  it("gives Lambda's context, with a remaining time that follows the virtual clock", async () => {
    const source = `exports.handler = async (event, context) => {
      const before = context.getRemainingTimeInMillis();
      await new Promise((resolve) => setTimeout(resolve, 2000));
      return { ...context, before, after: context.getRemainingTimeInMillis() };
    };`;
    expect(await aFunction(source, { timeoutMs: 30_000 }).result()).toEqual({
      functionName: "warm",
      functionVersion: "$LATEST",
      invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:warm",
      memoryLimitInMB: "256",
      awsRequestId: "request-1",
      logGroupName: "/aws/lambda/warm",
      logStreamName: "[$LATEST]warm",
      callbackWaitsForEmptyEventLoop: true,
      before: 30_000,
      after: 28_000,
    });
  });

  it("collects what each invocation writes, from both streams, in order", async () => {
    const source = `exports.handler = async ({ n }) => {
      console.log("out " + n);
      console.error("err " + n);
      process.stdout.write("two\\nlines without an end");
      process.emitWarning("odd");
      await null;
    };`;
    const writer = aFunction(source);
    for (const n of [1, 2])
      expect((await writer.call({ n })).logs).toEqual([
        `out ${n}`,
        `err ${n}`,
        "two",
        "Warning: odd",
        "lines without an end",
      ]);
  });

  it.each([
    ["an Error", 'throw new TypeError("no table")', { errorType: "TypeError", errorMessage: "no table" }],
    ["something else", "throw 7", { errorType: "number", errorMessage: "7" }],
    [
      "a result that is no JSON",
      "return 1n",
      { errorType: "TypeError", errorMessage: "Do not know how to serialize a BigInt" },
    ],
  ])("answers %s in Lambda's error shape and stays warm", async (_, body, error) => {
    const faulty = aFunction(
      `let n = 0; exports.handler = async () => { n += 1; if (n === 2) return n; ${body}; };`,
    );
    expect(await faulty.call()).toMatchObject({ at: NOON, error });
    expect(await faulty.result()).toBe(2);
  });

  it("writes the stack of an error to the log", async () => {
    const { logs } = await aFunction('exports.handler = async () => { throw new Error("boom"); };').call();
    expect(logs).toHaveLength(1);
    expect(logs[0]).toMatch(/^ERROR Invoke Error .*boom.*index\.js:1/);
  });
});

describe("an invocation that is its process's last", () => {
  const source = (deed: string) => `let n = 0; exports.handler = async (event) => {
    n += 1;
    if (event.calm) return n;
    console.log("begins");
    ${deed}
    await new Promise(() => {});
  };`;

  it.each([
    ["exits", "process.exit(3);", "Runtime.ExitError", /exit status 3/],
    ["waits for nothing", "", "Runtime.ExitError", /without providing a reason/],
    [
      "throws outside of the handler",
      'setTimeout(() => { throw new RangeError("late") }, 5);',
      "RangeError",
      /late/,
    ],
    [
      "leaves a rejection unhandled",
      'Promise.reject(new Error("lost"));',
      "Runtime.UnhandledPromiseRejection",
      /lost/,
    ],
    ["is killed", "process.kill(process.pid, 'SIGKILL'); for (;;);", "Runtime.ExitError", /SIGKILL/],
  ])("ends as an error when it %s, and the next one starts afresh", async (_, deed, errorType, message) => {
    const faulty = aFunction(source(deed));
    expect(await faulty.result({ calm: true })).toBe(1);
    const { error, logs } = await faulty.call();
    expect(error).toEqual({ errorType, errorMessage: expect.stringMatching(message) });
    if (!message.test("SIGKILL")) expect(logs[0]).toBe("begins");
    expect(await faulty.result({ calm: true })).toBe(1);
  });

  it.each([
    ["one before its end", 2_999, { result: "done", at: NOON + 2_999 }],
    ["exactly at it", 3_000, { error: timedOut("3.00"), at: NOON + 3_000 }],
    ["an hour later", 3_600_000, { error: timedOut("3.00"), at: NOON + 3_000 }],
  ])("times out at the virtual deadline: work that is done %s", async (_, ms, reply) => {
    const sleeper = aFunction(
      `exports.handler = ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms, "done"));`,
      { timeoutMs: 3_000 },
    );
    expect(await sleeper.call({ ms })).toEqual({ ...reply, logs: [] });
    expect(await sleeper.result({ ms: 1 }, NOON + 60_000)).toBe("done");
  });

  it("counts as timed out when it computes without end", async () => {
    const busy = aFunction("exports.handler = async ({ spin }) => { while (spin); return 1; };", {
      timeoutMs: 3_000,
      stuckAfterMs: 300,
    });
    const { at, error } = await busy.call({ spin: true });
    expect(at).toBe(NOON + 3_000);
    expect(error?.errorType).toBe("Sandbox.Timedout");
    expect(error?.errorMessage).toContain("300 ms of real time");
    expect(await busy.result()).toBe(1);
  });

  it.each([
    ["a bundle that throws", 'throw new Error("no config");', "Error", "no config"],
    [
      "a bundle without the handler",
      "exports.other = 1;",
      "Runtime.HandlerNotFound",
      "index.handler is undefined",
    ],
    ["a package that is not bundled", 'require("zod");', "Error", "Cannot find module 'zod'"],
  ])("refuses %s at every invocation", async (_, bundle, errorType, message) => {
    const broken = aFunction(bundle);
    for (const _attempt of [1, 2])
      expect((await broken.call()).error).toEqual({
        errorType,
        errorMessage: expect.stringContaining(message),
      });
  });
});

describe("starting a function", () => {
  it("is refused when there is no code", () => {
    const options = { name: "warm", handler: "index.handler", environment: {}, timeoutMs: 1, memoryMb: 128 };
    expect(() => startFunction({ ...options, code: "/no/such/place" })).toThrow(
      'Function warm: code must be the directory of its bundle, got: "/no/such/place".',
    );
  });
});

describe("invocations that overlap", () => {
  const source = `let n = 0; exports.handler = async ({ ms }) => {
    n += 1;
    await new Promise((resolve) => setTimeout(resolve, ms));
    return n;
  };`;

  it("have a process each when they are under way at once", async () => {
    const counter = aFunction(source);
    expect(await Promise.all([counter.result({ ms: 10 }), counter.result({ ms: 10 })])).toEqual([1, 1]);
  });

  it("have a process each when they overlap in virtual time only", async () => {
    const counter = aFunction(source);
    expect(await counter.result({ ms: 1000 }, NOON)).toBe(1);
    expect(await counter.result({ ms: 1000 }, NOON + 999)).toBe(1);
    expect(await counter.result({ ms: 1000 }, NOON + 1000)).toBe(2);
  });

  it("are refused past the concurrency", async () => {
    const counter = aFunction(source, { concurrency: 1 });
    const first = counter.result({ ms: 10 });
    await expect(counter.call({ ms: 10 })).rejects.toThrow("at most 1 invocations may overlap");
    expect(await first).toBe(1);
  });
});

describe("stopping a function", () => {
  it("rejects the invocation under way, and later ones", async () => {
    const busy = aFunction("exports.handler = async () => { for (;;); };");
    const call = expect(busy.call()).rejects.toThrow("warm was stopped during invocation request-1");
    await busy.stop();
    await call;
    await expect(busy.call()).rejects.toThrow("warm has been stopped");
  });
});

/** @param seconds as Lambda prints them */
function timedOut(seconds: string) {
  return {
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: request-1 Error: Task timed out after ${seconds} seconds`,
  };
}
