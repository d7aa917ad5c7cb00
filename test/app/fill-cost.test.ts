import { beforeAll, describe, expect, it } from "vitest";
import { StateUnreadable } from "../../lib/app/errors.ts";
import { addToMinute } from "../../lib/core/fill-cost/fill-minutes.ts";
import type { KnownEvent } from "../../lib/core/known-event.ts";
import { emptyLedger, rollOver } from "../../lib/core/ledger.ts";
import type { MetricName } from "../../lib/core/metrics.ts";
import { pause, resume } from "../support/memory/acts.ts";
import { HOUR, MemoryWorld, MINUTE } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const DAY = 24 * HOUR;

/** Deployed eight days ago, with two 1h prefixes that are warm, and a week of hours that filled nothing. */
async function aLearntWorld(): Promise<MemoryWorld> {
  const prompts = ["support", "triage"].map((name) => aPrompt(name, { ttl: "1h" }));
  const world = await MemoryWorld.live(prompts);
  await world.minutes(2);
  world.control.edit((control) => ({
    ...control,
    createdAt: world.now - 8 * DAY,
    ledger: { ...emptyLedger(world.now), minutes: [] },
  }));
  const now = Math.floor(world.now / HOUR);
  const hours = Array.from({ length: 180 }, (_, i) => now - 180 + i);
  const nothing = { fillCost: 0, spend: 0, avoided: 0, requests: 0 };
  // The release is long over.
  world.events.stored.clear();
  world.history.edit(() => ({ hours: hours.map((hour) => ({ hour, ...nothing })), days: [] }));
  await world.minutes(1);
  return world;
}

/** Fills that nobody made, as they stand in the ledger. */
function fill(world: MemoryWorld, fillCost: number): void {
  world.control.edit((control) => {
    const ledger = rollOver(control.ledger, world.now);
    const counts = { fillCost, fills: 1, unexpected: 0, failed: 0 };
    const hour = { ...ledger.hour, fillCost: ledger.hour.fillCost + fillCost };
    return {
      ...control,
      ledger: { ...ledger, hour, minutes: addToMinute(ledger.minutes, world.now, counts) },
    };
  });
}

/** What it costs to fill what is live. */
const normalOf = (world: MemoryWorld) => world.history.history.normal?.live?.all ?? Number.NaN;

/** The next round of the monitor, a minute later. */
async function next(world: MemoryWorld, minutes = 1) {
  await world.pass(minutes * MINUTE);
  const { points, message } = await world.monitor();
  const gauges = Object.fromEntries(points.map(({ name, value }) => [name, value]));
  return { gauges: gauges as Partial<Record<MetricName, number>>, message };
}

const spikesHeard = (world: MemoryWorld) =>
  world.notifier.heard.flatMap(({ level }) => (level === undefined ? [] : [level]));

describe("a spike", () => {
  let world: MemoryWorld;
  beforeAll(async () => {
    world = await aLearntWorld();
  });

  it("is nothing while the warmer reads", async () => {
    const { gauges } = await next(world);
    expect(gauges).toMatchObject({ FillRate: 0, SpikeRatio: 0 });
    // Two prefixes of some 3,000 tokens, at 4 USD a million.
    expect(normalOf(world)).toBeGreaterThan(2 * 3_000 * 4);
  });

  it("is told once when it begins, with its level, and opens an incident", async () => {
    // 7 times normal over a quarter of an hour, and more than the least spike; none of it in the last ten minutes.
    fill(world, 1.75 * normalOf(world));
    const { gauges } = await next(world, 12);
    expect(gauges.SpikeRatio).toBe(5);
    expect(gauges.FillRate).toBeCloseTo((7 * normalOf(world)) / 1e6, 5);
    await next(world);
    expect(spikesHeard(world)).toEqual(["warning"]);
    expect(await world.incidents.list(10)).toMatchObject([
      { kind: "fill_cost", level: "warning", openedBy: "monitor", cause: "fill_rate" },
    ]);
  });

  it("is told again when it rises, in the same incident", async () => {
    fill(world, 10 * normalOf(world));
    const { gauges } = await next(world);
    expect(gauges.SpikeRatio).toBeGreaterThan(5);
    await next(world);
    expect(spikesHeard(world)).toEqual(["warning", "critical"]);
    const [incident, ...more] = await world.incidents.list(10);
    expect(more).toEqual([]);
    expect(incident).toMatchObject({ level: "critical" });
    expect(world.notifier.heard.at(-1)?.chat?.metadata.threadId).toBe(incident?.id);
  });

  it("shows in the status", async () => {
    const { fillCost } = await world.status();
    expect(fillCost).toMatchObject({
      level: "critical",
      baseline: { state: "known" },
      spike: { level: "critical" },
    });
  });

  it("is marked calm a quarter of an hour after its end, and stays open", async () => {
    for (let minute = 0; minute < 32; minute++) await next(world);
    const [incident] = await world.incidents.list(1);
    expect(incident?.calmAt).toBeLessThanOrEqual(world.now);
    expect(incident).not.toHaveProperty("closedAt");
    expect(world.history.history).not.toHaveProperty("watch");
    expect((await world.status()).fillCost).not.toHaveProperty("spike");
    expect(spikesHeard(world)).toHaveLength(2);
  });
});

describe("a notice of a spike", () => {
  it("is told again until SNS acknowledges it, and then no more", async () => {
    const world = await aLearntWorld();
    world.notifier.unacknowledged = true;
    fill(world, 10 * normalOf(world));
    await next(world);
    await next(world);
    expect((await next(world)).message).toContain("1 notices wait for SNS");
    expect(spikesHeard(world)).toEqual(Array(3).fill("critical"));
    world.notifier.unacknowledged = false;
    for (let i = 0; i < 3; i++) await next(world);
    expect(spikesHeard(world)).toHaveLength(4);
    expect(await world.incidents.list(10)).toHaveLength(1);
  });
});

describe("an incident that an operator closed", () => {
  it("is over: the next spike opens another one, and people hear of it", async () => {
    const world = await aLearntWorld();
    fill(world, 10 * normalOf(world));
    await next(world);
    const [incident] = await world.incidents.list(1);
    if (incident === undefined) throw new Error("no incident was opened");
    await next(world, 20);
    await world.incidents.put({ ...incident, closedAt: world.now, closedBy: "ops", closeReason: "a loop" });
    await next(world);
    expect(world.history.history).not.toHaveProperty("watch");
    fill(world, 10 * normalOf(world));
    await next(world);
    expect((await world.incidents.list(10)).map(({ closedBy }) => closedBy)).toEqual([undefined, "ops"]);
    expect(spikesHeard(world)).toEqual(["critical", "critical"]);
  });
});

describe("what is no spike", () => {
  it.each([
    { what: "one legitimate fill of a prefix", of: (world: MemoryWorld) => normalOf(world) / 2 },
    { what: "fills below the least spike", of: () => 1_000 },
  ])("$what", async ({ of }) => {
    const world = await aLearntWorld();
    fill(world, of(world));
    for (let minute = 0; minute < 17; minute++) {
      expect((await next(world)).gauges.SpikeRatio).toBeLessThanOrEqual(1.5);
    }
    expect(spikesHeard(world)).toEqual([]);
  });

  it("what a known event explains: up to 1.5 times its predicted cost", async () => {
    const world = await aLearntWorld();
    const cost = 10 * normalOf(world);
    const event: KnownEvent = {
      id: "2026#large-merge",
      kind: "large-merge",
      from: world.now,
      to: world.now + HOUR,
      expectedCost: cost / 1.5,
      by: "ops",
      note: "",
    };
    await world.events.put(event);
    fill(world, cost);
    expect((await next(world)).gauges.SpikeRatio).toBe(0);
    fill(world, cost);
    expect((await next(world)).gauges.SpikeRatio).toBeGreaterThan(5);
    expect(spikesHeard(world)).toEqual(["critical"]);
  });

  it("the refill after a pause in which everything expired", async () => {
    const world = await aLearntWorld();
    await pause(world);
    await world.minutes(70);
    await resume(world);
    await world.minutes(3);
    expect(world.control.control.ledger.hour.fillCost).toBeGreaterThan(0.9 * normalOf(world));
    expect(spikesHeard(world)).toEqual([]);
  });

  it("anything in the first seven days: the baseline is learnt, and the status says which day it is", async () => {
    const world = await aLearntWorld();
    world.control.edit((control) => ({ ...control, createdAt: world.now - 60 * HOUR }));
    world.history.edit(({ normal: _old, ...history }) => history);
    fill(world, 1e8);
    const { gauges } = await next(world);
    expect(gauges.FillRate).toBeGreaterThan(100);
    expect(gauges).not.toHaveProperty("SpikeRatio");
    expect((await world.status()).fillCost?.baseline).toMatchObject({ state: "learning", day: 3 });
  });
});

describe("damage", () => {
  it("of the history is told and shown, and leaves the levels on", async () => {
    const world = await aLearntWorld();
    const normal = normalOf(world);
    world.history.item = '{"hours":["1 -5 0 0 0"],"days":"gone"}';
    fill(world, 10 * normal);
    const { gauges, message } = await next(world);
    expect(message).toMatch(/a line of the hours is damaged.*list of days/);
    expect(gauges.SpikeRatio).toBeGreaterThan(5);
    expect(gauges.StateUnreadable).toBe(0);
    await next(world);
    expect((await world.status()).fillCost?.problems[0]).toMatch(/damaged.*learnt anew/);
  });

  it("of the marks is told, and explains nothing", async () => {
    const world = await aLearntWorld();
    const between = world.events.between.bind(world.events);
    world.events.between = async () => {
      throw new StateUnreadable("a known event is damaged: kind");
    };
    fill(world, 10 * normalOf(world));
    const { gauges, message } = await next(world);
    world.events.between = between;
    expect(message).toContain("known events explain nothing: a known event is damaged: kind");
    expect(gauges.SpikeRatio).toBeGreaterThan(5);
  });

  it("by a mark that ends before it begins is told", async () => {
    const world = await aLearntWorld();
    const mark = { kind: "deploy", by: "ops", note: "", expectedCost: 1e9 } as const;
    await world.events.put({ ...mark, id: "odd", from: world.now, to: world.now - MINUTE });
    world.events.between = async () => [...world.events.stored.values()];
    expect((await next(world)).message).toContain("marks that end before they begin: odd");
  });

  it("by a clock that ran ahead is mended: its fills count as of now", async () => {
    const world = await aLearntWorld();
    fill(world, 10 * normalOf(world));
    world.control.edit((control) => ({
      ...control,
      ledger: {
        ...control.ledger,
        minutes: control.ledger.minutes.map((known) => ({ ...known, minute: known.minute + 5_000 })),
      },
    }));
    expect((await next(world)).message).toContain("by a clock that runs ahead");
    const { gauges, message } = await next(world);
    expect(gauges.SpikeRatio).toBeGreaterThan(5);
    expect(message).toBe("gauges published");
  });
});

describe("a monitor whose clock jumped ahead", () => {
  it.each([3, 30, 9_000])(
    "by %i hours loses no money, and says so until its time has come",
    async (hours) => {
      const world = await aLearntWorld();
      await world.pass(HOUR - (world.now % HOUR));
      const hour = Math.floor(world.now / HOUR);
      fill(world, 1_000);
      const ahead = new MemoryWorld({ startAt: world.now + hours * HOUR });
      ahead.control.item = world.control.item;
      ahead.history.item = world.history.item;
      await ahead.monitor();
      world.history.item = ahead.history.item;
      world.control.item = ahead.control.item;
      fill(world, 500);
      await world.pass(HOUR + 6 * MINUTE);
      const { message } = await world.monitor();
      const known = world.history.history.hours.filter((candidate) => candidate.hour === hour);
      expect(known).toMatchObject([{ fillCost: 1_500 }]);
      expect(world.history.history.hours.length).toBeGreaterThan(170);
      if (hours < 24) expect(message).toContain("hours that are not over");
    },
  );
});

describe("the history", () => {
  it("gets each hour once, five minutes after its end, with what was saved in it", async () => {
    const world = await MemoryWorld.live([aPrompt("support", { ttl: "1h" })]);
    await world.minutes(3);
    const { fillCost, spent } = world.control.control.ledger.hour;
    const { fingerprint } = world.prefixes.named("support");
    const use = {
      fingerprint,
      model: "claude-sonnet-5-5",
      requests: 100,
      cold: 0,
      neither: 0,
      readTokens: 300_000,
      write5mTokens: 0,
      write1hTokens: 0,
      uncachedTokens: 0,
      first: 0,
      firstHits: 0,
    };
    const hour = Math.floor(world.now / HOUR);
    world.usage.records.push({
      minute: hour * HOUR + 9 * MINUTE,
      writer: "a",
      part: 0,
      lost: 0,
      prefixes: [use],
    });
    await world.pass((hour + 1) * HOUR + 4 * MINUTE - world.now);
    await world.monitor();
    expect(world.history.history.hours).toEqual([]);
    await next(world);
    expect(world.history.history.hours).toEqual([
      { hour, fillCost, spend: spent, avoided: expect.closeTo(0.3 * 3.9e6, -4), requests: 100 },
    ]);
    expect(world.control.control.ledger.closed).toEqual([]);
    const { writes } = world.history;
    for (let minute = 0; minute < 50; minute++) await next(world);
    expect(world.history.writes).toBe(writes);
  });

  it("is the same when a run dies between its two writes", async () => {
    const world = await MemoryWorld.live([aPrompt("support", { ttl: "1h" })]);
    await world.minutes(58);
    await world.minutes(2);
    world.control.failNext("write", "unavailable");
    await world.minutes(5);
    const [first] = world.history.history.hours;
    world.history.edit(({ normal: _again, ...history }) => history);
    await world.minutes(1);
    expect(world.history.history.hours).toEqual([first]);
    expect(world.history.history.days).toMatchObject([{ hours: 1, spend: first?.spend }]);
  });
});
