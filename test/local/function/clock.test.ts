import { describe, expect, it } from "vitest";
import { aFunction, NOON } from "./fixture.ts";

const HOUR = 3_600_000;

/** The result of a handler with this body. */
function run(body: string, payload: unknown = {}): Promise<unknown> {
  return aFunction(
    `const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
     exports.handler = async (event, context) => { ${body} };`,
    { timeoutMs: 24 * HOUR },
  ).result(payload);
}

describe("the virtual clock of a function", () => {
  it("passes an hour of sleep in no real time, or this test would still be waiting", async () => {
    const reply = await aFunction(
      "exports.handler = () => new Promise((resolve) => setTimeout(resolve, 3600000, Date.now()));",
      { timeoutMs: 24 * HOUR },
    ).call();
    expect(reply).toEqual({ at: NOON + HOUR, result: NOON, logs: [] });
  });

  it.each([
    ["Date.now()", "Date.now()"],
    ["new Date()", "new Date().getTime()"],
    ["Date()", "Date.parse(Date())"],
    ["a subclass of Date", "new (class extends Date {})().getTime()"],
    ["performance", "performance.timeOrigin + performance.now()"],
    ["process.hrtime", `${NOON} + process.hrtime()[0] * 1000`],
    ["process.hrtime.bigint", `${NOON} + Number(process.hrtime.bigint() / 1000000n)`],
    ["process.uptime", `${NOON} + process.uptime() * 1000`],
  ])("is what %s reads", async (_, expression) => {
    expect(await run(`await sleep(2000); return ${expression};`)).toBe(NOON + 2000);
  });

  it("leaves the rest of Date as it is", async () => {
    const tests = [
      "new Date(0).toISOString() === '1970-01-01T00:00:00.000Z'",
      "new Date(2026, 10, 21).getMonth() === 10",
      "Date.UTC(2026, 0) === Date.parse('2026-01-01T00:00:00Z')",
      "new Date() instanceof Date && require('node:fs').statSync('.').mtime instanceof Date",
      "new Date().constructor === Date && Date.name === 'Date' && Date.length === 7",
      "structuredClone(new Date(5)).getTime() === 5",
    ];
    expect(await run(`return [${tests.join()}];`)).toEqual(tests.map(() => true));
  });

  it("stands while the program computes, and while it reads files or works in the thread pool", async () => {
    expect(
      await run(`
        const { readFile } = require("node:fs/promises");
        const { gzip } = require("node:zlib");
        const timer = setTimeout(() => { throw new Error("the clock has moved"); }, 1);
        await readFile(__filename);
        await new Promise((resolve) => gzip(Buffer.alloc(1e6), resolve));
        await new Promise((resolve) => require("node:crypto").pbkdf2("a", "b", 1000, 32, "sha256", resolve));
        await new Promise(setImmediate);
        clearTimeout(timer);
        return Date.now();`),
    ).toBe(NOON);
  });

  it("is frozen between invocations: what was left behind goes on at the next one's instant", async () => {
    const leaver = aFunction(`
      const fired = [];
      exports.handler = async ({ wait }) => {
        setTimeout(() => fired.push(Date.now()), 1000);
        await new Promise((resolve) => setTimeout(resolve, wait));
        return fired.splice(0);
      };`);
    expect(await leaver.result({ wait: 10 }, NOON)).toEqual([]);
    expect(await leaver.result({ wait: 10 }, NOON + 60_000)).toEqual([NOON + 60_000]);
    expect(await leaver.result({ wait: 2000 }, NOON + 61_500)).toEqual([NOON + 61_500, NOON + 62_500]);
  });
});

describe("timers", () => {
  it("fire in the order of their instants, and of one instant in the order of their making", async () => {
    expect(
      await run(`
        const fired = [];
        const at = (name, ms) => sleep(ms).then(() => fired.push(name + Date.now() % 1000));
        await Promise.all([at("a", 30), at("b", 10), at("c", 30), at("d", 20)]);
        return fired;`),
    ).toEqual(["b10", "d20", "a30", "c30"]);
  });

  it.each([
    ["0", 1],
    ["undefined", 1],
    ["-5", 1],
    ["'20'", 20],
    ["1.9", 1],
    ["2147483647", 2147483647],
    ["2147483648", 1],
  ])("take a delay of %s for %i ms, as Node does", async (delay, ms) => {
    expect(
      await aFunction(`exports.handler = () => new Promise((resolve) => setTimeout(resolve, ${delay}));`, {
        timeoutMs: 2 ** 40,
      }).call(),
    ).toMatchObject({ at: NOON + ms });
  });

  it("are cleared by the timer and by its number, and passed arguments", async () => {
    expect(
      await run(`
        const fired = [];
        clearTimeout(setTimeout(() => fired.push("object"), 5));
        clearTimeout(+setTimeout(() => fired.push("number"), 5));
        clearTimeout(undefined);
        clearInterval(setInterval(() => fired.push("interval"), 5));
        setTimeout((...args) => fired.push(args.join()), 5, 1, 2);
        await sleep(100);
        return fired;`),
    ).toEqual(["1,2"]);
  });

  it("repeat until they are cleared, also from within", async () => {
    expect(
      await run(`
        const fired = [];
        const timer = setInterval(() => {
          fired.push(Date.now() - ${NOON});
          if (fired.length === 3) clearInterval(timer);
        }, 10);
        await sleep(100);
        return fired;`),
    ).toEqual([10, 20, 30]);
  });

  it("begin anew on refresh", async () => {
    expect(
      await run(`
        let fired;
        const timer = setTimeout(() => { fired = Date.now() - ${NOON}; }, 10);
        await sleep(9);
        timer.refresh();
        await sleep(50);
        return fired;`),
    ).toBe(19);
  });

  it("fire once more when they are refreshed after they have fired, but not when they were cleared", async () => {
    expect(
      await run(`
        const fired = [];
        const begin = () => setTimeout(() => fired.push(Date.now() - ${NOON}), 10);
        const [again, cleared] = [begin(), begin()];
        clearTimeout(cleared);
        await sleep(100);
        again.refresh();
        cleared.refresh();
        await sleep(100);
        return fired;`),
    ).toEqual([10, 110]);
  });

  it("do not hold an invocation by themselves once unreferenced", async () => {
    const body = (ref: boolean) => `require("node:timers/promises").setTimeout(5, "done", { ref: ${ref} })`;
    expect(await run(`return ${body(true)};`)).toBe("done");
    await expect(run(`return ${body(false)};`)).rejects.toThrow("Runtime.ExitError");
    expect(await run(`const [done] = await Promise.all([${body(false)}, sleep(6)]); return done;`)).toBe(
      "done",
    );
  });

  it("are virtual in node:timers, node:timers/promises and util.promisify too", async () => {
    expect(
      await run(`
        const promises = require("node:timers/promises");
        await new Promise((resolve) => require("timers").setTimeout(resolve, 1));
        await promises.setTimeout(10);
        await promises.scheduler.wait(100);
        await require("node:util").promisify(setTimeout)(1000);
        for await (const n of promises.setInterval(10000, 7)) if (n === 7) break;
        await (await import("node:timers/promises")).setTimeout(100000);
        return Date.now() - ${NOON};`),
    ).toBe(111_111);
  });

  it("abort on the virtual clock", async () => {
    expect(
      await run(`
        const { setTimeout: wait } = require("node:timers/promises");
        const began = Date.now();
        const error = await wait(${HOUR}, 0, { signal: AbortSignal.timeout(250) }).catch((error) => error);
        return [Date.now() - began, error.name, error.code, error.cause.name];`),
    ).toEqual([250, "AbortError", "ABORT_ERR", "TimeoutError"]);
  });

  it("keep the async context in which they were made", async () => {
    expect(
      await run(`
        const store = new (require("node:async_hooks").AsyncLocalStorage)();
        const seen = [];
        for (const name of ["a", "b"]) store.run(name, () => setTimeout(() => seen.push(store.getStore()), 5));
        await sleep(10);
        return seen;`),
    ).toEqual(["a", "b"]);
  });
});

describe("chance in a function", () => {
  const source = `const crypto = require("node:crypto");
    exports.handler = async () => [
      Math.random(), Math.random(), crypto.randomUUID(), globalThis.crypto.randomUUID(),
      crypto.randomBytes(40).toString("hex"), [...globalThis.crypto.getRandomValues(new Uint16Array(4))],
      [...crypto.getRandomValues(new Uint8Array(4))], [...crypto.randomFillSync(new Uint8Array(4), 2)],
    ];`;
  const draw = (requestId: string, options = {}) =>
    aFunction(source, options)
      .invoke({ requestId, at: NOON, payload: {} })
      .then(({ result }) => result);

  it("repeats for the same seed, function and request, and for no other", async () => {
    const drawn = await draw("r1", { seed: "s" });
    expect(await draw("r1", { seed: "s" })).toEqual(drawn);
    const others = await Promise.all([
      draw("r2", { seed: "s" }),
      draw("r1", { seed: "t" }),
      draw("r1", { seed: "s", name: "monitor" }),
    ]);
    expect(new Set([drawn, ...others].map((draws) => JSON.stringify(draws))).size).toBe(4);
  });

  it("keeps the forms: fractions, version 4 UUIDs, lengths", async () => {
    const [first, second, uuid, web, bytes, , , part] = (await draw("r1")) as [number, number, ...string[]];
    expect(first).not.toBe(second);
    for (const value of [first, second]) expect(value >= 0 && value < 1).toBe(true);
    for (const text of [uuid, web])
      expect(text).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(bytes).toHaveLength(80);
    expect(part?.slice(0, 2)).toEqual([0, 0]);
  });
});
