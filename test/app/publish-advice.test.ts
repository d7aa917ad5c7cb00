import { describe, expect, it } from "vitest";
import type { Ttl } from "../../lib/core/due.ts";
import { advisedTtl, encodeTtlAdvice, NO_ADVICE, parseTtlAdvice } from "../../lib/core/plan/ttl-advice.ts";
import { MINUTE } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";
import { PlanWorld } from "./plan-world.ts";

/** What the parameter says of a prompt. */
function advised(plan: PlanWorld, name: string) {
  const advice = parseTtlAdvice(plan.world.advice.value ?? "");
  if (typeof advice === "string") throw new Error(advice);
  return advisedTtl(advice, plan.fingerprint(name)) ?? "own";
}

/** A round of the monitor, so many minutes after a multiple of five. */
async function monitorAt(plan: PlanWorld, offset: number) {
  const { world } = plan;
  await world.pass(5 * MINUTE - (world.now % (5 * MINUTE)) + offset * MINUTE);
  return world.monitor();
}

describe("the TTL advice", () => {
  it("is published once the optional prompts are adopted, and read by nobody for required ones", async () => {
    const plan = await PlanWorld.live(["support"], { policy: "always", required: ["core"] });
    const report = await monitorAt(plan, 0);
    expect(report.message).toContain("TTL advice published");
    expect([advised(plan, "support"), advised(plan, "core")]).toEqual(["1h", "own"]);
  });

  it("follows what is learned of a prompt, by its use alone", async () => {
    const plan = await PlanWorld.live(["support", "triage"], { policy: "off", ttl: "1h" });
    await monitorAt(plan, 0);
    expect([advised(plan, "support"), advised(plan, "triage")]).toEqual(["own", "own"]);
    await plan.minute([{ atMs: 5_000, name: "support" }]);
    await plan.idle(1);
    await monitorAt(plan, 0);
    expect([advised(plan, "support"), advised(plan, "triage")]).toEqual(["5m", "own"]);
  });

  it.each([
    [4, 0],
    [0, 1],
    [1, 0],
  ])("is looked after %d minutes after a multiple of five: %d times", async (offset, times) => {
    const plan = await PlanWorld.live(["support"]);
    await monitorAt(plan, offset);
    expect(plan.world.advice.reads).toBe(times);
    expect(plan.world.advice.written).toHaveLength(times);
  });

  it("is written again only when it says something else", async () => {
    const plan = await PlanWorld.live(["support"], { policy: "always" });
    for (let i = 0; i < 4; i++) {
      await plan.minute([{ atMs: 5_000, name: "support" }]);
      await monitorAt(plan, 0);
    }
    expect(plan.world.advice.written).toHaveLength(1);
  });

  it("is not published where every prompt is required, and costs the plan no read there", async () => {
    const plan = await PlanWorld.live([], { required: ["core"] });
    const report = await monitorAt(plan, 0);
    expect(plan.world.advice.written).toEqual([]);
    expect(plan.world.plan.reads).toBe(0);
    expect(report.message).toBe("gauges published");
  });

  it("is taken back when no prompt is optional any more", async () => {
    const plan = await PlanWorld.live(["support"], { policy: "always" });
    await monitorAt(plan, 0);
    await plan.world.publish("blue", "2", plan.prompts);
    await plan.idle(1);
    await monitorAt(plan, 0);
    expect(plan.world.advice.value).toBe(encodeTtlAdvice(NO_ADVICE));
  });

  it("is of the new release after a flip, and keeps what was learned of a prompt that stays", async () => {
    const plan = await PlanWorld.live(["support", "triage"], { policy: "off", ttl: "1h" });
    await plan.minute([
      { atMs: 5_000, name: "support" },
      { atMs: 6_000, name: "triage" },
    ]);
    await plan.idle(1);
    const gone = plan.fingerprint("triage");
    await plan.world.publish("green", "2", plan.prompts.slice(0, 1), ["support"]);
    await plan.world.flip("green");
    await plan.idle(1);
    await monitorAt(plan, 0);
    expect(advised(plan, "support")).toBe("5m");
    expect(plan.world.advice.value).not.toContain(gone.slice(0, 12));
  });

  it("stays as it was while nobody knows the live color", async () => {
    const plan = await PlanWorld.live(["support"], { policy: "always" });
    await monitorAt(plan, 0);
    plan.world.liveColor.value = undefined;
    await monitorAt(plan, 0);
    expect(plan.world.advice.written).toHaveLength(1);
  });

  it.each(["read", "write"] as const)(
    "that SSM refuses to %s is told, fails no cycle, and is published when SSM is well again",
    async (refused) => {
      const plan = await PlanWorld.live(["support"]);
      plan.world.advice.refuses = refused;
      const report = await monitorAt(plan, 0);
      expect(report).toMatchObject({ outcome: "measured", healthy: true });
      expect(report.message).toContain("TTL advice not published: ttl-advice could not be");
      plan.world.advice.refuses = undefined;
      await monitorAt(plan, 0);
      expect(plan.world.advice.written).toHaveLength(1);
    },
  );

  it("of a plan that cannot be read is told, and the gauges are published all the same", async () => {
    const plan = await PlanWorld.live(["support"]);
    plan.world.plan.isUnavailable = true;
    const report = await monitorAt(plan, 0);
    expect(report).toMatchObject({ outcome: "measured", healthy: true });
    expect(report.message).toContain("TTL advice not published: reading the plan: TimeoutError");
  });

  it("of a plan that is damaged or has none stays as it was", async () => {
    const plan = await PlanWorld.live(["support"], { policy: "always" });
    await monitorAt(plan, 0);
    const value = plan.world.advice.value;
    for (const item of [undefined, { policy: 1 }, { policy: "always", requiredPerHour: 0 }]) {
      plan.world.plan.item = item;
      await monitorAt(plan, 0);
    }
    expect(plan.world.advice.value).toBe(value);
  });

  it("is made of a plan that an earlier release stored without it, at the next use", async () => {
    const plan = await PlanWorld.live(["support", "triage"], {
      policy: "off",
      ttl: "1h",
      required: ["core"],
    });
    await plan.minute([{ atMs: 5_000, name: "triage" }]);
    await plan.idle(1);
    const { advice: _none, ...older } = plan.world.plan.item as { advice?: unknown };
    plan.world.plan.item = older;
    await plan.minute([{ atMs: 5_000, name: "support" }]);
    await plan.idle(1);
    await monitorAt(plan, 0);
    expect(["support", "triage", "core"].map((name) => advised(plan, name))).toEqual(["5m", "5m", "own"]);
  });

  it("is shown by status, or why nobody can take it", async () => {
    const plan = await PlanWorld.live(["support"], { policy: "always", required: ["core"] });
    expect((await plan.world.status()).advice).toBeUndefined();
    await monitorAt(plan, 0);
    const publishedAt = plan.world.now;
    expect((await plan.world.status()).advice).toEqual({
      publishedAt,
      unlisted: "1h",
      listed: { "1h": 0, "5m": 0, own: 1 },
    });
    await plan.world.advice.write("1h for all");
    expect((await plan.world.status()).advice).toMatchObject({
      problem: expect.stringContaining("1h for all"),
    });
    plan.world.advice.refuses = "read";
    expect((await plan.world.status()).advice).toMatchObject({
      problem: expect.stringContaining("AccessDenied"),
    });
  });
});

describe("a planned touch", () => {
  it.each<{ own: Ttl; asked: Ttl }>([
    { own: "5m", asked: "1h" },
    { own: "1h", asked: "5m" },
    { own: "5m", asked: "5m" },
  ])(
    "of a prompt of $own that the application writes for $asked would write for $asked",
    async ({ own, asked }) => {
      const plan = await PlanWorld.live(["support"], { policy: "keepalive(2)", ttl: own });
      plan.ttl = asked;
      await plan.minute([{ atMs: 5_000, name: "support" }]);
      await plan.idle(1);
      const { world } = plan;
      world.provider.faults.add({ kind: "evict", at: world.now });
      const since = world.now;
      await plan.idle(asked === "5m" ? 5 : 60);
      const [first] = world.touches(since).filter(({ caller }) => caller === "warmer");
      expect(first?.usage).toMatchObject({
        readTokens: 0,
        [asked === "5m" ? "write5mTokens" : "write1hTokens"]: expect.any(Number),
        [asked === "5m" ? "write1hTokens" : "write5mTokens"]: 0,
      });
    },
  );

  it("that fills the place of a prompt writes as the application wrote that", async () => {
    const plan = await PlanWorld.live(["support"], { ttl: "5m" });
    plan.ttl = "1h";
    for (let i = 0; i < 30; i++) await plan.minute([{ atMs: 5_000, name: "support" }]);
    const changed = [aPrompt("support", { words: "support again", ttl: "5m" })];
    const since = plan.world.now;
    await plan.world.publish("blue", "2", changed, ["support"]);
    await plan.idle(1);
    const [first] = plan.world.touches(since);
    expect(first?.usage).toMatchObject({ write5mTokens: 0, readTokens: 0 });
    expect(first?.usage?.write1hTokens).toBeGreaterThan(0);
  });
});
