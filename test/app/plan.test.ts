import { describe, expect, it } from "vitest";
import { openGate } from "../../lib/app/gate.ts";
import { NEVER } from "../../lib/core/due.ts";
import { mostKeepAlives, USUAL_TARIFF } from "../../lib/core/plan/tariff.ts";
import { isWarm } from "../../lib/core/prefix-state.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { MINUTE } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";
import { PlanWorld } from "./plan-world.ts";

/** Of the tests' model: a read is a twentieth. */
const TARIFF = { ...USUAL_TARIFF, read: 0.05 };

/** Every so many minutes the prompt is asked for, for so long. */
async function use(plan: PlanWorld, name: string, { every = 3, minutes = 60 } = {}) {
  const reports = [];
  for (let i = 0; i < minutes; i++) {
    reports.push(await plan.minute(i % every === 0 ? [{ atMs: 5_000, name }] : []));
  }
  return reports;
}

/** Other bytes under the names of before. */
function changed(plan: PlanWorld) {
  return plan.prompts.map(({ name }, i) =>
    aPrompt(name, { words: `${name} again`, tokens: 3_000 + 500 * i }),
  );
}

describe("an optional prefix", () => {
  it("is not touched before anybody uses it, and costs no lease and no write until then", async () => {
    const plan = await PlanWorld.live(["support", "triage"]);
    const { writes } = plan.world.plan;
    const reports = await plan.idle(180);
    expect(plan.touches()).toEqual([]);
    expect(new Set(reports.map(({ outcome }) => outcome))).toEqual(new Set(["nothing_due"]));
    expect(plan.world.plan.writes).toBe(writes);
    expect(plan.world.prefixes.named("support")).toMatchObject({ dueAt: NEVER, passed: "not_worth_it" });
  });

  it("is not touched where the application records nothing, whatever it uses", async () => {
    const plan = await PlanWorld.live(["support"]);
    plan.records = false;
    await use(plan, "support");
    expect(plan.touches()).toEqual([]);
  });

  it("is kept alive while it is used, left when nobody comes back, and kept again when somebody does", async () => {
    const plan = await PlanWorld.live(["support"], { policy: "keepalive(2)" });
    await use(plan, "support", { every: 60, minutes: 30 });
    expect(plan.touches()).toHaveLength(2);
    expect(plan.world.prefixes.named("support")).toMatchObject({ dueAt: NEVER, passed: "not_worth_it" });
    const woken = plan.world.now;
    const reports = await use(plan, "support", { every: 60, minutes: 10 });
    expect(plan.touches(woken)).toHaveLength(2);
    expect(reports.map(({ plan: report }) => report?.used ?? 0)).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(reports.filter(({ plan: report }) => report?.wanted["keep_alive"] === 1)).toHaveLength(2);
  });

  it("that takes the place of a used one is filled, and given up when it has cost what a write costs", async () => {
    const plan = await PlanWorld.live(["support"]);
    await use(plan, "support", { every: 1, minutes: 90 });
    const flippedAt = plan.world.now;
    await plan.world.publish("blue", "2", changed(plan), ["support"]);
    const [first] = await plan.idle(1);
    expect(first).toMatchObject({ fills: 1, plan: { wanted: { first_fill: 1 } } });
    await plan.idle(240);
    const touches = plan.touches(flippedAt).length;
    expect(touches - 1).toBe(mostKeepAlives(TARIFF, "5m"));
  });

  it("that takes the place of one that nobody used lately is left alone", async () => {
    const plan = await PlanWorld.live(["support"]);
    await use(plan, "support", { every: 1, minutes: 10 });
    await plan.idle(240);
    const publishedAt = plan.world.now;
    await plan.world.publish("blue", "2", changed(plan), ["support"]);
    await plan.idle(30);
    expect(plan.touches(publishedAt)).toEqual([]);
  });

  it("of the color that was live before is never touched again", async () => {
    const plan = await PlanWorld.live(["support"], { policy: "keepalive(50)" });
    await use(plan, "support", { every: 1, minutes: 10 });
    const retired = plan.fingerprint("support");
    await plan.world.publish("green", "2", changed(plan), ["support"]);
    await plan.world.flip("green");
    await plan.idle(60);
    const state = plan.world.prefixes.states().find(({ fingerprint }) => fingerprint === retired);
    expect(state).toMatchObject({ dueAt: NEVER });
    expect(state?.passed).toBeUndefined();
  });
});

describe("a gate's candidate", () => {
  it("has those optional prompts filled before the flip whose predecessors are used, and waits for none", async () => {
    const plan = await PlanWorld.live(["support", "triage"], { required: ["core"] });
    const { world } = plan;
    await use(plan, "support", { every: 1, minutes: 30 });
    await world.publish("green", "2", changed(plan), ["support", "triage"]);
    const ports = { ...world.ports(new Worker(world.scheduler)), events: world.events };
    const gate = { color: "green", minCoverage: 1, timeoutMs: 600_000, failDeployment: false };
    const warm = { start: async () => {} };
    await world.scheduler.until(
      openGate({ ...ports, warm }, world.config, gate, { id: "gate-1", by: "test" }),
    );
    await plan.idle(1);
    expect((await world.gates.get("gate-1"))?.answer).toMatchObject({
      result: "warm",
      reason: "1 of 1 required prefixes are proven warm",
    });
    const beside = world.prefixes.states().filter((state) => state.beside === true);
    expect(beside.map(({ name }) => name).sort()).toEqual(["core", "support"]);
    await world.flip("green");
    const [flipped] = await plan.idle(1);
    expect(flipped).toMatchObject({ color: "green", fills: 0 });
    const served = world.prefixes
      .states()
      .filter(({ dueAt, passed }) => dueAt < NEVER || passed !== undefined);
    expect(served.map(({ name, passed }) => [name, passed]).sort()).toEqual([
      ["core", undefined],
      ["core", undefined],
      ["support", undefined],
      ["triage", "not_worth_it"],
    ]);
  });
});

describe("a required prefix beside optional ones", () => {
  it.each(["off", "adaptive", "cron(2m)"])("is warm at every minute under %s", async (policy) => {
    const plan = await PlanWorld.live(["support", "triage"], { policy, required: ["core"] });
    for (let i = 0; i < 60; i++) {
      await plan.minute(i % 7 === 0 ? [{ atMs: 3_000, name: "support" }] : []);
      expect(isWarm(plan.world.prefixes.named("core"), plan.world.now)).toBe(true);
    }
  });

  it("does not wait for a plan that cannot be read; the optional ones do, and it is said", async () => {
    const plan = await PlanWorld.live(["support"], { policy: "always", required: ["core"], ttl: "5m" });
    await use(plan, "support", { every: 3, minutes: 6 });
    plan.world.plan.isUnavailable = true;
    const [report, ...more] = await plan.idle(20);
    expect(report?.plan?.problems).toEqual(["nothing is planned: reading the plan: TimeoutError"]);
    expect([report, ...more].every((one) => one?.healthy)).toBe(true);
    expect(isWarm(plan.world.prefixes.named("core"), plan.world.now)).toBe(true);
  });

  it("is the last thing that is sent for a color from which the switch turns meanwhile", async () => {
    const plan = await PlanWorld.live(["support"], { policy: "cron(1m)", required: ["core"] });
    const { world } = plan;
    await use(plan, "support", { every: 1, minutes: 2 });
    await world.publish("green", "2", changed(plan), ["support"]);
    world.prefixes.edit("core", (state) => ({ ...state, dueAt: world.now }));
    const from = world.now;
    world.sent = () => {
      if (world.liveColor.value === "blue") world.liveColor.value = "green";
    };
    const [report] = await plan.idle(1);
    expect(report).toMatchObject({ color: "green", fills: 1 });
    // Only prompts that the application has asked for have a name here: of blue's, support.
    expect(plan.touches(from + 1).map(({ name }) => name)).not.toContain("support");
  });

  it("keeps the limit's last money: optional touches are left out, and nothing is paused", async () => {
    const plan = await PlanWorld.live(["support", "triage"], { policy: "cron(1m)", required: ["core"] });
    const { config } = plan.world;
    await use(plan, "support", { every: 1, minutes: 3 });
    const spent = (await plan.world.status()).spend?.hour ?? 0;
    plan.world.config = { ...config, guardrails: { ...config.guardrails, hourly: spent + 25_000 } };
    const reports = await plan.idle(30);
    expect(reports.some(({ outcome }) => outcome === "paused" || outcome === "limit_hour")).toBe(false);
    expect(reports.at(-1)?.plan?.passed["no_money"]).toBeGreaterThan(0);
    expect(isWarm(plan.world.prefixes.named("core"), plan.world.now)).toBe(true);
  });
});

describe("the provider's limits", () => {
  it("are used to a quarter, and what saves most comes first", async () => {
    const plan = await PlanWorld.live(["a", "b", "c", "d"], { policy: "keepalive(9)" });
    const { config } = plan.world;
    plan.world.config = {
      ...config,
      policy: { ...config.policy, providerLimits: { requestsPerMinute: 8, share: 0.25 } },
    };
    for (const name of ["a", "b", "c", "d"]) plan.ask(name);
    const from = plan.world.now;
    const reports = await plan.idle(4);
    const byMinute = new Map<number, string[]>();
    for (const { at, name } of plan.touches(from)) {
      const minute = Math.floor(at / MINUTE);
      byMinute.set(minute, [...(byMinute.get(minute) ?? []), name]);
    }
    // The longest prompts first; both are of one wave, and arrive in any order.
    expect([...byMinute.values()][0]?.toSorted()).toEqual(["c", "d"]);
    expect(reports.some(({ plan: report }) => report?.passed["no_requests"] === 2)).toBe(true);
  });
});

describe("what the planner remembers", () => {
  it("is not trusted when it is damaged: it is learned anew, and that is said", async () => {
    const plan = await PlanWorld.live(["support"]);
    await use(plan, "support", { every: 1, minutes: 10 });
    plan.world.prefixes.edit("support", (state) => ({ ...state, plan: "bm90aGluZw==" }));
    const [report] = await use(plan, "support", { every: 1, minutes: 1 });
    expect(report?.plan?.problems).toEqual(["1 plans could not be read and are learned anew"]);
    expect((await use(plan, "support", { every: 1, minutes: 2 })).at(-1)?.plan).toMatchObject({
      problems: [],
    });
  });

  it.each([
    ["is no plan", { policy: 7 }, /^the plan was damaged \(policy /],
    [
      "is another version's",
      { policy: "adaptive", fleet: new Uint8Array(9), requiredPerHour: 0 },
      /^fleet state must have version 3/,
    ],
  ])("of all prefixes is learned anew when it %s", async (_what, item, problem) => {
    const plan = await PlanWorld.live(["support"]);
    await use(plan, "support", { every: 1, minutes: 10 });
    plan.world.plan.item = item;
    const [report] = await use(plan, "support", { every: 1, minutes: 1 });
    expect(report?.plan?.problems).toEqual([expect.stringMatching(problem)]);
    expect(report?.healthy).toBe(true);
    expect((await use(plan, "support", { every: 1, minutes: 2 })).at(-1)?.plan).toMatchObject({
      problems: [],
    });
  });

  it("is another policy's after a change of policy, which holds from the next tick on", async () => {
    const plan = await PlanWorld.live(["support", "triage"], { policy: "always", ttl: "5m" });
    await use(plan, "support", { every: 3, minutes: 9 });
    const { config } = plan.world;
    plan.world.config = { ...config, policy: { ...config.policy, name: "cron(2m)" } };
    const from = plan.world.now;
    await plan.idle(8);
    // The other one was never asked for: it is touched by the clock alone.
    expect(plan.touches(from).filter(({ name }) => name !== "support")).toHaveLength(4);
    plan.world.config = { ...config, policy: { ...config.policy, name: "off" } };
    const off = plan.world.now + 1;
    await plan.idle(60);
    expect(plan.touches(off)).toEqual([]);
    expect(plan.world.prefixes.named("support").dueAt).toBe(NEVER);
  });

  it("is learned once and sent once, wherever a run is killed", async () => {
    const killedAt = async (diesAtTurn: number) => {
      const plan = await PlanWorld.live(["support", "triage"], { policy: "keepalive(3)" });
      for (const name of ["support", "triage"]) plan.ask(name);
      await plan.world.pass(MINUTE + 20_000);
      await plan.world.scheduler.until(plan.world.run(plan.world.tickEvent(), { diesAtTurn }));
      // The lease of a dead run ends by itself.
      await plan.world.pass(2 * MINUTE);
      await plan.idle(30);
      const touches = plan.touches().sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
      return { touches, plans: plan.world.prefixes.states().map((state) => state.plan) };
    };
    const whole = await killedAt(1_000);
    expect(whole.touches).toHaveLength(6);
    for (let turn = 1; turn <= 16; turn++) expect(await killedAt(turn)).toEqual(whole);
  });
});

describe("status", () => {
  it("says what the planner thinks of an optional prefix, and counts it as no fault", async () => {
    const plan = await PlanWorld.live(["support", "triage"], { policy: "keepalive(1)" });
    plan.ask("support");
    await plan.idle(2);
    const { prefixes, healthy } = await plan.world.status();
    expect(healthy).toBe(true);
    expect(prefixes).toEqual([
      expect.objectContaining({ name: "support", required: false }),
      expect.objectContaining({ name: "triage", dueAt: NEVER, passed: "not_worth_it" }),
    ]);
    expect(prefixes[0]?.passed).toBeUndefined();
  });
});

describe("a manifest whose prefixes are all required", () => {
  it("costs the planner no read, no query and no write", async () => {
    const plan = await PlanWorld.live([], { required: ["core"] });
    const reports = await plan.idle(10);
    expect(plan.world.plan).toMatchObject({ reads: 0, writes: 0 });
    expect(reports.every((report) => report.plan === undefined)).toBe(true);
  });
});
