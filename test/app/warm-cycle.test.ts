import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TTL_MS } from "../../lib/core/due.ts";
import { touchForm } from "../../lib/core/touch.ts";
import { writtenTokens } from "../../lib/core/usage.ts";
import type { LoggedRequest } from "../../lib/local/provider/request-log.ts";
import { chance } from "../support/memory/chance.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { CONFIG, HOUR, MemoryWorld, MINUTE, SECOND, START } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const SUPPORT = aPrompt("support");

/** `fill` or `read` of each touch since an instant, in order. */
function kinds(world: MemoryWorld, since = 0): string[] {
  return world
    .touches(since)
    .map(({ usage }) => (usage !== undefined && writtenTokens(usage) > 0 ? "fill" : "read"));
}

const fingerprintsSince = (world: MemoryWorld, since: number) =>
  new Set(world.touches(since).map(({ fingerprint }) => fingerprint));

function touchesByFingerprint(world: MemoryWorld, since: number): LoggedRequest[][] {
  const touches = world.touches(since);
  return [...new Set(touches.map(({ fingerprint }) => fingerprint))].map((one) =>
    touches.filter(({ fingerprint }) => fingerprint === one),
  );
}

/** A live world whose prefix was filled and proven, and the next minute has begun. */
async function aWarmWorld(prompt = SUPPORT): Promise<MemoryWorld> {
  const world = await MemoryWorld.live([prompt]);
  await world.minutes(1);
  return world;
}

describe("a prefix that is seen for the first time", () => {
  it("is filled, and read back by the same run at least two seconds after the fill's end", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    const report = await world.tick();
    const [fill, proof] = world.touches();
    expect(kinds(world)).toEqual(["fill", "read"]);
    expect((proof?.at ?? 0) - ((fill?.at ?? 0) + (fill?.inFlightMs ?? 0))).toBeGreaterThanOrEqual(2 * SECOND);
    expect(report).toMatchObject({ outcome: "warmed", fills: 1, keepAlives: 1 });
    expect(world.prefixes.named("support").provenAt).toBe(proof?.at);
  });

  it("is read back by the next tick when the deadline is near, and is no proof before", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    expect(await world.tick({ timeoutMs: 36 * SECOND })).toMatchObject({ outcome: "warmed", fills: 1 });
    expect(kinds(world)).toEqual(["fill"]);
    expect(world.prefixes.named("support").provenAt).toBeUndefined();
    await world.minutes(1);
    expect(kinds(world)).toEqual(["fill", "read"]);
    expect(world.prefixes.named("support").provenAt).toBeDefined();
  });

  it("is only read where the application has filled it already", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    const [body = {}] = world.manifests.bodyOf.values();
    const { provider } = world.ports(new Worker(world.scheduler));
    const form = touchForm(body);
    if (form.kind === "unsafe") throw new Error(form.reason);
    await world.scheduler.until(provider.send(form.request, MINUTE));
    const since = world.now;
    expect(await world.tick()).toMatchObject({ outcome: "warmed", fills: 0, keepAlives: 1 });
    expect(kinds(world, since)).toEqual(["read"]);
  });
});

describe("a prefix that is served", () => {
  it.each(["5m", "1h"] as const)("with a TTL of %s is filled once, however the ticks fall", async (ttl) => {
    const prompt = aPrompt("support", { ttl, tokens: 600 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), async (seed) => {
        const world = await MemoryWorld.live([prompt], { seed });
        for (let minute = 0; minute < (ttl === "5m" ? 30 : 130); minute++) {
          const second = Math.floor(chance(seed, minute) * 60) * SECOND;
          await world.pass(START + minute * MINUTE + second - world.now);
          await world.tick();
        }
        expect(kinds(world).filter((kind) => kind === "fill")).toHaveLength(1);
      }),
      { numRuns: 15 },
    );
  });

  it("is kept alive by its granted TTL, not by the one that it asked for", async () => {
    const world = await MemoryWorld.live([aPrompt("support", { ttl: "1h" })]);
    world.provider.faults.add({ kind: "ttl_downgraded" });
    await world.minutes(20);
    expect(kinds(world).filter((kind) => kind === "fill")).toHaveLength(1);
    expect(world.metrics.values("UnexpectedFills").some((value) => value > 0)).toBe(false);
  });

  it("with a TTL of 1h is left alone for most of it, once its first keep-alive has been", async () => {
    const world = await aWarmWorld(aPrompt("support", { ttl: "1h" }));
    await world.minutes(60);
    const since = world.now;
    await world.minutes(180);
    expect(kinds(world, since)).toEqual(["read", "read", "read"]);
  });

  it("is filled again after the ticks stopped for longer than its TTL, and nobody is alarmed by that", async () => {
    const world = await aWarmWorld();
    await world.pass(TTL_MS["5m"] + MINUTE);
    const since = world.now;
    await world.tick();
    expect(kinds(world, since)).toEqual(["fill", "read"]);
    expect(world.metrics.values("UnexpectedFills")).not.toContain(1);
  });

  it("counts as an unexpected fill when the provider dropped it before its time", async () => {
    const world = await aWarmWorld();
    world.provider.faults.add({ kind: "evict", at: world.now + 1 });
    await world.minutes(5);
    expect(world.metrics.values("UnexpectedFills").filter((value) => value === 1)).toHaveLength(1);
  });

  it("is filled at most once a run when every fill is lost at once", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    for (let at = world.now; at < world.now + HOUR; at += SECOND)
      world.provider.faults.add({ kind: "evict", at });
    for (let i = 0; i < 5; i++) {
      const since = world.now;
      await world.minutes(1);
      expect(kinds(world, since).length).toBeLessThanOrEqual(2);
    }
  });
});

describe("a reply that does not prove the prefix", () => {
  it("of a part is told at every tick, and tried again only when that part falls due", async () => {
    const world = await aWarmWorld();
    world.prefixes.edit("support", (state) => ({
      ...state,
      measuredTokens: (state.measuredTokens ?? 0) + 1,
    }));
    const since = world.now;
    const reports = await world.minutes(9);
    const told = reports.map(({ outcome }) => outcome).join(" ");
    expect(told).toMatch(/^(nothing_due )*(partial )+warmed( nothing_due| warmed)*$/);
    expect(world.touches(since).length).toBeLessThanOrEqual(3);
    expect(world.prefixes.named("support").provenAt).toBeDefined();
  });

  it("that nothing was cached ends the touching until the bytes change, and is told at every tick", async () => {
    const world = await MemoryWorld.live([aPrompt("support", { tokens: 400 })]);
    const reports = await world.minutes(5);
    expect(world.touches()).toHaveLength(1);
    expect(reports.map(({ outcome }) => outcome)).toEqual(Array(5).fill("not_cached"));
    await world.publish("blue", "2", [SUPPORT]);
    expect(await world.minutes(1)).toMatchObject([{ outcome: "warmed" }]);
  });

  it("without usage leaves its reservation spent, and is asked again at the next tick", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    const reserved: number[] = [];
    world.control.written = ({ ledger }) => reserved.push(...ledger.inFlight.map(({ amount }) => amount));
    world.provider.faults.add({ kind: "missing_usage", when: { times: 1 } });
    await world.tick();
    const { ledger } = world.control.control;
    expect(ledger.hour.spent).toBe(reserved[0]);
    expect(ledger.inFlight).toEqual([]);
    expect(await world.minutes(1)).toMatchObject([{ outcome: "warmed" }]);
  });
});

describe("the live color", () => {
  const blue = [aPrompt("support", { words: "blue support" }), aPrompt("triage")];
  const green = [aPrompt("support", { words: "green support" }), aPrompt("triage")];

  /** What the previous color costs beside the live one is another test's matter. */
  const LEAVES_AT_ONCE = { ...CONFIG, keepPreviousMs: 0 };

  async function aFlippedWorld(): Promise<{ world: MemoryWorld; flippedAt: number }> {
    const world = await MemoryWorld.live(blue, { config: LEAVES_AT_ONCE });
    await world.publish("green", "2", green);
    await world.minutes(2);
    await world.pass(SECOND);
    const flippedAt = world.now;
    await world.flip("green");
    return { world, flippedAt };
  }

  it("is warmed by the very run that its change event starts", async () => {
    const { world, flippedAt } = await aFlippedWorld();
    const report = await world.runToEnd(world.changeEvent());
    expect(report).toMatchObject({ outcome: "warmed", color: "green", release: "2", fills: 1 });
    expect(kinds(world, flippedAt)).toEqual(["fill", "read"]);
  });

  it("is warmed by the next tick when the change event is lost", async () => {
    const { world, flippedAt } = await aFlippedWorld();
    expect(await world.minutes(1)).toMatchObject([{ outcome: "warmed", color: "green" }]);
    expect(kinds(world, flippedAt)).toContain("fill");
  });

  it("shares a prefix of equal bytes: it is never filled again, and never touched for both", async () => {
    const { world, flippedAt } = await aFlippedWorld();
    await world.minutes(10);
    const shared = touchesByFingerprint(world, flippedAt).filter((touches) =>
      touches.every(({ usage }) => usage !== undefined && writtenTokens(usage) === 0),
    );
    expect(shared).toHaveLength(1);
    const [starts = []] = shared.map((touches) => touches.map(({ at }) => at));
    const gaps = starts.slice(1).map((at, i) => at - (starts[i] ?? 0));
    expect(gaps.length).toBeGreaterThan(1);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2 * MINUTE);
  });

  it("that has been left is not touched any more", async () => {
    const { world, flippedAt } = await aFlippedWorld();
    const before = fingerprintsSince(world, 0);
    await world.minutes(15);
    const touched = fingerprintsSince(world, flippedAt);
    expect([...touched].filter((fingerprint) => before.has(fingerprint))).toHaveLength(1);
  });

  it("that is taken back while its prefixes live is read, not filled", async () => {
    const { world } = await aFlippedWorld();
    await world.minutes(1);
    await world.flip("blue");
    const since = world.now;
    expect(await world.minutes(3)).toMatchObject([{ color: "blue" }, {}, {}]);
    expect(kinds(world, since)).not.toContain("fill");
  });

  it("that is taken back after they expired is filled again", async () => {
    const { world } = await aFlippedWorld();
    await world.minutes(7);
    await world.flip("blue");
    const since = world.now;
    await world.minutes(1);
    expect(kinds(world, since)).toContain("fill");
  });

  it.each([
    { change: "a release under the same color", flips: false, unexpected: 1 },
    { change: "a flip", flips: true, unexpected: 0 },
  ])(
    "counts the fill of changed bytes after $change as unexpected: $unexpected",
    async ({ flips, unexpected }) => {
      const world = await MemoryWorld.live([aPrompt("support", { words: "old" })]);
      await world.minutes(1);
      await world.publish(flips ? "green" : "blue", "2", [aPrompt("support", { words: "new" })]);
      if (flips) await world.flip("green");
      await world.minutes(3);
      const fills = world.metrics.values("UnexpectedFills").reduce((sum, value) => sum + value, 0);
      expect(fills).toBe(unexpected);
    },
  );
});

describe("the metrics of a run", () => {
  it("weigh the hit rate by tokens, over the run's own touches", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    await world.minutes(4);
    const [first = 1, ...others] = world.metrics.values("HitRate");
    expect(first).toBeCloseTo(0.5, 1);
    expect(others.every((rate) => rate > 0.99)).toBe(true);
    expect(others.length).toBeGreaterThan(0);
  });

  it("are left out by a run that touched nothing", async () => {
    const world = await aWarmWorld();
    const before = world.metrics.points.length;
    await world.tick();
    expect(world.metrics.points).toHaveLength(before);
  });
});
