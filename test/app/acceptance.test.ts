import { describe, expect, it } from "vitest";
import { MemoryWorld, MINUTE, withLimits } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

/** Items of the acceptance suite that no other test causes; docs/reliability.md lists all of them. */

const PROMPTS = [aPrompt("support", { tokens: 600 }), aPrompt("triage", { tokens: 600 })];

/** As many events as EventBridge would keep trying to deliver. */
const BACKLOG = 185;

const A_DAY = 24 * 60;

describe("item 11: a backlog of 185 events that is delivered at once", () => {
  it("is touched for as often as one event is", async () => {
    const world = await MemoryWorld.live(PROMPTS);
    const runs = Array.from({ length: BACKLOG }, () => world.run(world.tickEvent()));
    const reports = await world.scheduler.until(Promise.all(runs));
    const outcomes = reports.map((report) => (report === "killed" ? report : report.outcome));
    expect(outcomes.filter((outcome) => outcome === "warmed")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "lease_held")).toHaveLength(BACKLOG - 1);
    expect(world.touches()).toHaveLength(2 * PROMPTS.length);
  });

  it("sends nothing once it is older than a minute", async () => {
    const world = await MemoryWorld.live(PROMPTS);
    const events = Array.from({ length: BACKLOG }, () => world.tickEvent());
    await world.pass(MINUTE + 1);
    const reports = await world.scheduler.until(Promise.all(events.map((event) => world.run(event))));
    for (const report of reports) expect(report).toMatchObject({ outcome: "stale_event" });
    expect(world.touches()).toEqual([]);
  });
});

describe("item 37: a day without CloudWatch", () => {
  async function aDay(hasMetrics: boolean): Promise<MemoryWorld> {
    const world = await MemoryWorld.live(PROMPTS.slice(0, 1), {
      config: withLimits({ hourly: 1, daily: 5 }),
    });
    const publish = world.metrics.publish.bind(world.metrics);
    // The adapter of `warm` swallows what CloudWatch refuses.
    if (!hasMetrics) world.metrics.publish = async () => {};
    for (let minute = 0; minute < A_DAY; minute++) {
      await world.pass(MINUTE - (world.now % MINUTE));
      await world.tick();
    }
    world.metrics.publish = publish;
    return world;
  }

  it("costs what a day with it costs, and the first round of the monitor after it tells the ledger's truth", async () => {
    const [blind, seen] = [await aDay(false), await aDay(true)];
    expect(blind.provider.bill.total()).toEqual(seen.provider.bill.total());
    expect(blind.control.control.ledger).toEqual(seen.control.control.ledger);
    expect(blind.metrics.points).toEqual([]);
    await blind.monitor();
    await blind.monitor();
    const { hour } = blind.control.control.ledger;
    const values = blind.metrics.values("FillCost");
    expect(values).toEqual([hour.fillCost / 1e6, hour.fillCost / 1e6]);
  });
});
