import { describe, expect, it } from "vitest";
import { pauseByOperator } from "../../lib/app/pause.ts";
import { METRICS, type MetricName } from "../../lib/core/metrics.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { CONFIG, HOUR, MemoryWorld, MINUTE, SECOND, withLimits } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const SUPPORT = aPrompt("support");

async function aWarmWorld(prompts = [SUPPORT]): Promise<MemoryWorld> {
  const world = await MemoryWorld.live(prompts);
  await world.minutes(2);
  return world;
}

const pause = (world: MemoryWorld) =>
  world.scheduler.until(
    pauseByOperator(world.ports(new Worker(world.scheduler)), { by: "ops", reason: "looking" }, "pause"),
  );

/** The gauges of one round, by name. */
async function gaugesOf(world: MemoryWorld): Promise<Partial<Record<MetricName, number>>> {
  const { points } = await world.monitor();
  expect(points.length).toBe(new Set(points.map(({ name }) => name)).size);
  return Object.fromEntries(points.map(({ name, value }) => [name, value]));
}

/** Sent only while the application sends enough requests, and somebody records them. */
const ORGANIC: readonly string[] = ["OrganicHitRate", "FirstRequestHitRate", "OrganicShortfall"];

/** Sent only once seven days are known. */
const LEARNT: readonly string[] = ["SpikeRatio", "NetSaving"];

const MONITORED = Object.entries(METRICS)
  .filter(([name, { sentBy }]) => sentBy === "monitor" && ![...ORGANIC, ...LEARNT].includes(name))
  .map(([name]) => name as MetricName);

const MONEY: readonly MetricName[] = ["FillCost", "FillRate", "HourlyLimitUsed", "DailyLimitUsed"];
const AGES: readonly MetricName[] = ["SecondsSinceCycle", "SecondsOverdue", "SecondsFlipUnproven"];

describe("the gauges", () => {
  it("are all there, every minute, of a healthy warmer", async () => {
    const world = await aWarmWorld();
    for (let i = 0; i < 5; i++) {
      await world.minutes(1);
      expect(Object.keys(await gaugesOf(world)).sort()).toEqual([...MONITORED].sort());
    }
  });

  it.each([
    { state: "before the first tick", change: async () => undefined, without: [] },
    { state: "paused", change: pause, without: ["WarmShare"] },
    {
      state: "with live-color gone",
      change: ({ liveColor }: MemoryWorld) => {
        liveColor.value = undefined;
      },
      without: ["WarmShare"],
    },
    {
      state: "with SSM silent",
      change: ({ liveColor }: MemoryWorld) => {
        liveColor.unavailable = true;
      },
      without: ["WarmShare"],
    },
  ])("are finite $state, and lack only $without", async ({ change, without }) => {
    const world = await MemoryWorld.live([SUPPORT]);
    await change(world);
    const gauges = await gaugesOf(world);
    const expected = MONITORED.filter((name) => !without.includes(name));
    expect(Object.keys(gauges).sort()).toEqual([...expected].sort());
    expect(Object.values(gauges).every((value) => Number.isFinite(value))).toBe(true);
  });

  it("say that nothing is wrong before init", async () => {
    const world = new MemoryWorld();
    const report = await world.monitor();
    expect(report).toMatchObject({ outcome: "not_initialised", healthy: true });
    expect(report.points.every(({ value }) => value === 0)).toBe(true);
    expect(report.points.map(({ name }) => name)).toEqual(expect.arrayContaining([...AGES]));
  });

  it("are published", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    const { points } = await world.monitor();
    expect(world.metrics.points.map(({ name, value }) => ({ name, value }))).toEqual(points);
  });
});

describe("unreadable state", () => {
  it.each([
    {
      fault: "a damaged control item",
      break: ({ control }: MemoryWorld) => {
        control.item = control.item?.replace('"generation":1', '"generation":-1');
      },
    },
    {
      fault: "a control item of a newer schema",
      break: ({ control }: MemoryWorld) => {
        control.item = control.item?.replace('"schema":1', '"schema":2');
      },
    },
    {
      fault: "a control item that is gone while prefix items stand",
      break: ({ control }: MemoryWorld) => {
        control.item = undefined;
      },
    },
    {
      fault: "a silent table",
      break: ({ control }: MemoryWorld) => {
        control.failNext("read", "unavailable");
      },
    },
    {
      fault: "prefix items that do not answer",
      break: ({ prefixes }: MemoryWorld) => {
        prefixes.unavailable = () => true;
      },
    },
    {
      fault: "manifests that do not answer",
      break: ({ manifests }: MemoryWorld) => {
        manifests.unavailable = true;
      },
    },
  ])("by $fault is said, and money and ages are left out", async ({ break: damage }) => {
    const world = await aWarmWorld();
    damage(world);
    const report = await world.monitor();
    expect(report).toMatchObject({ outcome: "state_unreadable", healthy: false });
    expect(report.points).toEqual([{ name: "StateUnreadable", value: 1 }]);
  });

  it("ends when the state can be read again", async () => {
    const world = await aWarmWorld();
    world.control.failNext("read", "unavailable");
    await world.monitor();
    const gauges = await gaugesOf(world);
    expect(gauges.StateUnreadable).toBe(0);
    for (const name of [...MONEY, ...AGES]) expect(gauges[name]).toBeDefined();
  });
});

describe("SecondsSinceCycle", () => {
  it("grows while warm is dead, and falls back with the next cycle", async () => {
    const world = await aWarmWorld();
    for (let i = 0; i < 9; i++) {
      await world.pass(MINUTE);
      await world.monitor();
    }
    expect((await gaugesOf(world)).SecondsSinceCycle).toBeGreaterThan(8 * 60);
    await world.tick();
    expect((await gaugesOf(world)).SecondsSinceCycle).toBe(0);
  });

  it.each([
    ["no_target", undefined],
    ["unknown_color", "purple"],
    ["no_manifest", "green"],
  ])("grows while every cycle ends as %s: it has warmed nothing", async (outcome, color) => {
    const world = await aWarmWorld();
    world.liveColor.value = color;
    const reports = await world.minutes(5);
    expect(reports.map((report) => report.outcome)).toEqual(Array(5).fill(outcome));
    const gauges = await gaugesOf(world);
    expect(gauges.SecondsSinceCycle).toBeGreaterThanOrEqual(5 * 60);
    expect(gauges.TargetUnresolved).toBe(1);
  });

  it("counts from init while no cycle has run yet", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    await world.pass(7 * MINUTE);
    expect((await gaugesOf(world)).SecondsSinceCycle).toBe(7 * 60);
  });

  it("stays small while paused: a deliberate pause is not silence", async () => {
    const world = await aWarmWorld();
    await pause(world);
    await world.minutes(10);
    expect(await gaugesOf(world)).toMatchObject({ SecondsSinceCycle: 0, SecondsOverdue: 0, Paused: 1 });
  });
});

describe("SecondsOverdue", () => {
  it("is 0 for a 1h prefix that nobody touches for 55 minutes, and grows when its time has passed", async () => {
    const world = await aWarmWorld([aPrompt("support", { ttl: "1h" })]);
    await world.minutes(60);
    const { dueAt } = world.prefixes.named("support");
    await world.pass(dueAt - world.now);
    expect((await gaugesOf(world)).SecondsOverdue).toBe(0);
    await world.pass(90 * SECOND);
    expect((await gaugesOf(world)).SecondsOverdue).toBe(90);
  });

  it("leaves out what cannot be had", async () => {
    const world = await MemoryWorld.live([aPrompt("support", { tokens: 400 })]);
    await world.minutes(10);
    expect(world.prefixes.named("support").stopped).toBe("not_cached");
    expect((await gaugesOf(world)).SecondsOverdue).toBe(0);
  });
});

describe("WarmShare", () => {
  it("is 0 until a read has proven a fill, and 1 then", async () => {
    const world = await MemoryWorld.live([SUPPORT]);
    expect((await gaugesOf(world)).WarmShare).toBe(0);
    await world.tick({ timeoutMs: 36 * SECOND });
    expect((await gaugesOf(world)).WarmShare).toBe(0);
    await world.minutes(1);
    expect((await gaugesOf(world)).WarmShare).toBe(1);
  });

  it("decays when warm is dead, prefix by prefix as each one's TTL ends", async () => {
    const world = await aWarmWorld([SUPPORT, aPrompt("triage", { ttl: "1h" })]);
    const shares: (number | undefined)[] = [];
    for (let minute = 0; minute < 65; minute++) {
      shares.push((await gaugesOf(world)).WarmShare);
      await world.pass(MINUTE);
    }
    expect([...new Set(shares)]).toEqual([1, 0.5, 0]);
    expect(shares.lastIndexOf(1)).toBeLessThanOrEqual(5);
    expect(shares.lastIndexOf(0.5)).toBeLessThanOrEqual(60);
  });

  it("is 0 from the flip on until the new color is proven", async () => {
    const world = await aWarmWorld();
    await world.publish("green", "2", [aPrompt("support", { words: "green" })]);
    await world.flip("green");
    expect((await gaugesOf(world)).WarmShare).toBe(0);
    await world.runToEnd(world.changeEvent());
    expect((await gaugesOf(world)).WarmShare).toBe(1);
  });
});

describe("the money gauges", () => {
  it("show what was spent in this UTC hour, and 0 in the next one while warm is dead", async () => {
    const world = await aWarmWorld();
    const spent = await gaugesOf(world);
    expect(spent.FillCost).toBe(world.control.control.ledger.hour.fillCost / 1e6);
    expect(spent.FillCost).toBeGreaterThan(0);
    expect(spent.FillRate).toBeCloseTo(4 * (spent.FillCost ?? 0), 6);
    await world.pass(HOUR);
    expect(await gaugesOf(world)).toMatchObject({ FillRate: 0, FillCost: 0, HourlyLimitUsed: 0 });
    expect((await gaugesOf(world)).DailyLimitUsed).toBeGreaterThan(0);
  });

  it.each([
    { hourly: 0.005, daily: 5, met: { HourlyLimitUsed: true, DailyLimitUsed: false } },
    { hourly: 5, daily: 0.005, met: { HourlyLimitUsed: false, DailyLimitUsed: true } },
    { hourly: 5, daily: 5, met: { HourlyLimitUsed: false, DailyLimitUsed: false } },
  ])("reach 1 exactly where a limit was met: %j", async ({ hourly, daily, met }) => {
    const world = await MemoryWorld.live([SUPPORT], { config: withLimits({ hourly, daily }) });
    await world.tick();
    const gauges = await gaugesOf(world);
    expect((gauges.HourlyLimitUsed ?? 0) >= 1).toBe(met.HourlyLimitUsed);
    expect((gauges.DailyLimitUsed ?? 0) >= 1).toBe(met.DailyLimitUsed);
  });
});

describe("the monitor", () => {
  it("sends nothing to the provider, and takes no lease", async () => {
    const world = await MemoryWorld.live([SUPPORT], { config: CONFIG });
    await world.monitor();
    expect(world.provider.log).toEqual([]);
    expect(world.control.control.lease).toBeUndefined();
  });

  it("tells people of a pause once, and again if nobody acknowledged it", async () => {
    const world = await aWarmWorld();
    world.notifier.unacknowledged = true;
    await pause(world);
    await world.monitor();
    await world.monitor();
    expect(world.notifier.heard).toHaveLength(2);
    world.notifier.unacknowledged = false;
    for (let i = 0; i < 3; i++) await world.monitor();
    expect(world.notifier.heard).toHaveLength(3);
    expect(await world.incidents.list(10)).toMatchObject([
      { kind: "paused", openedBy: "ops", reason: "looking" },
    ]);
  });
});
