import { describe, expect, it } from "vitest";
import type { RequestFault } from "../../lib/local/provider/faults.ts";
import { mostInFlight } from "../../lib/local/provider/request-log.ts";
import {
  CONFIG,
  MemoryWorld,
  type MemoryWorldOptions,
  MINUTE,
  SECOND,
  TIMEOUT_MS,
  withLimits,
} from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

/** A live world with this many prefixes, none of them touched yet, whose touches meet a fault. */
async function aWorld(prefixes: number, fault?: RequestFault, options: MemoryWorldOptions = {}) {
  const prompts = Array.from({ length: prefixes }, (_, i) => aPrompt(`desk-${i}`, { tokens: 600 }));
  const world = await MemoryWorld.live(prompts, options);
  if (fault !== undefined) world.provider.faults.add({ endpoint: "messages", ...fault });
  return world;
}

const startsOf = (world: MemoryWorld, since = 0) => world.touches(since).map(({ at }) => at);

describe("a busy provider", () => {
  it("is asked once more, a second after its answer", async () => {
    const world = await aWorld(1, { kind: "overloaded", when: { times: 1 } });
    const report = await world.tick();
    const [first = 0, second] = startsOf(world);
    expect(second).toBe(first + SECOND);
    expect(report).toMatchObject({ outcome: "warmed", fills: 1, failed: 0 });
  });

  it("is asked no third time in one run, and again at the next tick", async () => {
    const world = await aWorld(1, { kind: "overloaded", when: { times: 2 } });
    expect(await world.tick()).toMatchObject({ outcome: "transient_failure", healthy: false, failed: 1 });
    expect(world.touches()).toHaveLength(2);
    await world.pass(MINUTE);
    expect(await world.tick()).toMatchObject({ outcome: "warmed" });
  });

  it.each([1, 30, 80])("is given the %d s that it asked for", async (seconds) => {
    const world = await aWorld(1, { kind: "rate_limited", retryAfterSeconds: seconds, when: { times: 1 } });
    const report = await world.tick();
    const [first = 0, second] = startsOf(world);
    expect(second).toBe(first + seconds * SECOND);
    expect(report.outcome).toBe("warmed");
  });

  it.each([90, 3_600, 1e9])("that asks for %d s, more than the run has, fails the touch", async (seconds) => {
    const world = await aWorld(1, { kind: "rate_limited", retryAfterSeconds: seconds });
    const startedAt = world.now;
    const report = await world.tick();
    expect(report).toMatchObject({ outcome: "transient_failure", due: 1, failed: 1 });
    expect(report.problems[0]?.message).toContain("HTTP 429");
    expect(world.touches()).toHaveLength(1);
    expect(world.control.control.ledger.minutes).toMatchObject([{ fills: 0, failed: 1 }]);
    expect(world.now - startedAt).toBeLessThan(SECOND);
  });

  it("is left alone after five failures in a row, but for what was in flight", async () => {
    const world = await aWorld(40, { kind: "overloaded" });
    const report = await world.tick();
    expect(report.outcome).toBe("transient_failure");
    expect(world.touches().length).toBeGreaterThanOrEqual(5);
    expect(world.touches().length).toBeLessThan(5 + CONFIG.concurrency);
    expect(world.control.control.ledger.hour.spent).toBe(0);
  });

  it("is not given up for failures that a success separates", async () => {
    const world = await aWorld(40, { kind: "overloaded", probability: 0.3 }, { seed: 5 });
    await world.tick();
    const failed = world.touches().filter(({ status }) => status === 529);
    expect(failed.length).toBeGreaterThan(5);
    expect(world.touches().filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(40);
  });
});

describe("an answer that never comes", () => {
  it("leaves the money reserved, since the provider bills it all the same", async () => {
    const world = await aWorld(1, { kind: "timeout" });
    await world.tick();
    const { hour, inFlight } = world.control.control.ledger;
    const billed = world.provider.bill.total();
    expect(billed.requests).toBe(2);
    expect(BigInt(hour.spent) * 1_000_000n).toBeGreaterThanOrEqual(billed.cost);
    expect(inFlight).toEqual([]);
  });

  it.each([
    { prefixes: 1, endpoint: "messages" },
    { prefixes: 4, endpoint: "messages" },
    { prefixes: 40, endpoint: "messages" },
    { prefixes: 40, endpoint: "count_tokens" },
  ] as const)("keeps no run of $prefixes prefixes beyond its deadline, on $endpoint", async (row) => {
    const world = await aWorld(row.prefixes, { kind: "timeout", endpoint: row.endpoint });
    const startedAt = world.now;
    await world.tick();
    expect(world.now - startedAt).toBeLessThanOrEqual(TIMEOUT_MS - 5 * SECOND);
    expect(world.control.control).toMatchObject({ ledger: { inFlight: [] } });
    expect(world.control.control.lease).toBeUndefined();
  });

  it("is told as a failure, not as a lack of time, though counting took the time of the retry", async () => {
    const world = await aWorld(1, { kind: "timeout" });
    world.provider.faults.add({ kind: "timeout", endpoint: "count_tokens" });
    const report = await world.tick();
    expect(report).toMatchObject({ outcome: "transient_failure", healthy: false, failed: 1 });
    expect(report.problems[0]?.message).toContain("timed out");
    expect(world.touches()).toHaveLength(1);
  });

  it("ends the wait for one request after half a minute", async () => {
    const world = await aWorld(1, { kind: "timeout", when: { times: 1 } });
    await world.tick();
    const [first = 0, second] = startsOf(world);
    expect(second).toBe(first + 31 * SECOND);
  });
});

describe("a provider that refuses for good", () => {
  it.each([
    { kind: "unauthorized" },
    { kind: "forbidden" },
    { kind: "billing" },
    { kind: "enforced_spend_limit" },
    { kind: "own_spend_limit" },
  ] as const)("is asked no more in this run after $kind, but for what was in flight", async (fault) => {
    const world = await aWorld(40, fault);
    await world.tick();
    expect(world.touches().length).toBeLessThanOrEqual(CONFIG.concurrency);
    expect(world.control.control.ledger.hour.spent).toBe(0);
  });

  it.each([
    { kind: "billing", paused: true },
    { kind: "enforced_spend_limit", paused: true },
    { kind: "own_spend_limit", paused: true },
    { kind: "unauthorized", paused: false },
    { kind: "rate_limited", paused: false },
  ] as const)("pauses the warmer after $kind: $paused", async ({ kind, paused }) => {
    const world = await aWorld(1, { kind });
    await world.tick();
    expect(world.control.control.paused !== undefined).toBe(paused);
    await world.pass(MINUTE);
    const since = world.now;
    await world.tick();
    expect(world.touches(since).length > 0).toBe(!paused);
  });

  it("skips only the prefix whose request it refuses", async () => {
    const world = await aWorld(3, { kind: "model_not_found", when: { times: 1 } });
    const report = await world.tick();
    expect(report).toMatchObject({ outcome: "request_refused", fills: 2, keepAlives: 2, failed: 1 });
  });
});

describe("a run with many prefixes", () => {
  it.each([1, 4, 16])(
    "keeps at most %d requests in flight, and that many when there is work",
    async (most) => {
      const world = await aWorld(40, undefined, { config: { ...CONFIG, concurrency: most } });
      await world.tick();
      expect(mostInFlight(world.provider.log)).toBe(most);
    },
  );

  it("that does not reach all of them says so, and the next run begins with the rest", async () => {
    const latency = () => ({ firstByteMs: SECOND, totalMs: 2_500 });
    const prompts = Array.from({ length: 200 }, (_, i) => aPrompt(`desk-${i}`, { tokens: 600, ttl: "1h" }));
    const world = await MemoryWorld.live(prompts, { provider: { latency } });
    await world.minutes(6);
    expect(await world.minutes(1)).toMatchObject([{ outcome: "nothing_due" }]);
    await world.pass(58 * MINUTE);
    const since = world.now;
    expect(await world.tick()).toMatchObject({ outcome: "deadline", healthy: true, due: 200 });
    const reached = new Set(world.touches(since).map(({ fingerprint }) => fingerprint));
    expect(reached.size).toBeLessThan(200);
    const later = world.now;
    await world.pass(MINUTE);
    await world.tick();
    const next = world.touches(later).slice(0, 200 - reached.size);
    expect(next.filter(({ fingerprint }) => reached.has(fingerprint))).toEqual([]);
  });

  it("counts each of them once, though there is money for a few at a time only", async () => {
    const config = withLimits({ hourly: 0.012, daily: 5 });
    const world = await aWorld(10, undefined, { config });
    expect(await world.tick()).toMatchObject({ outcome: "limit_hour" });
    expect(world.touches().length).toBeGreaterThan(4);
    const counts = world.provider.log.filter(({ endpoint }) => endpoint === "count_tokens");
    expect(counts).toHaveLength(10);
  });
});
