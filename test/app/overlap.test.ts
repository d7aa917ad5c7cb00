import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writtenTokens } from "../../lib/core/usage.ts";
import { mostInFlight } from "../../lib/local/provider/request-log.ts";
import { CONFIG, MemoryWorld, MINUTE, SECOND, START, TIMEOUT_MS } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const PROMPTS = [aPrompt("support", { tokens: 600 }), aPrompt("triage", { tokens: 600 })];

const aSeed = fc.integer({ min: 0, max: 2 ** 31 });

/** How long each call of a port may take a run. */
const aSlowness = fc.constantFrom(0, 100, 500, 5 * SECOND);

/** The most requests for one prefix that were in flight at once. */
function mostInFlightForOne(world: MemoryWorld): number {
  const touches = world.touches();
  const fingerprints = new Set(touches.map(({ fingerprint }) => fingerprint));
  return Math.max(
    ...[...fingerprints].map((one) => mostInFlight(touches.filter(({ fingerprint }) => fingerprint === one))),
  );
}

describe("an event that is delivered several times", () => {
  it.each([
    { due: "for the first time", ticksBefore: 0, touches: 4 },
    { due: "again", ticksBefore: 1, touches: 2 },
  ])("at once touches what is due $due as often as one delivery does", async ({ ticksBefore, touches }) => {
    const deliveries = fc.array(aSlowness, { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(aSeed, deliveries, async (seed, slownesses) => {
        const world = await MemoryWorld.live(PROMPTS, { seed });
        await world.minutes(ticksBefore);
        await world.pass(4 * MINUTE);
        const since = world.now;
        const event = world.tickEvent();
        const runs = slownesses.map((slowMs) => world.run(event, { slowMs }));
        const reports = await world.scheduler.until(Promise.all(runs));
        expect(world.touches(since)).toHaveLength(touches);
        expect(reports.filter((report) => report !== "killed" && report.outcome === "warmed")).toHaveLength(
          1,
        );
        expect(reports.every((report) => report !== "killed" && report.healthy)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("one after the other is handled once", async () => {
    const world = await MemoryWorld.live(PROMPTS);
    const event = world.tickEvent();
    await world.runToEnd(event);
    const touched = world.touches().length;
    expect(await world.runToEnd(event)).toMatchObject({ outcome: "duplicate", healthy: true });
    expect(world.touches()).toHaveLength(touched);
  });

  it("is remembered over the next seven events", async () => {
    const world = await MemoryWorld.live(PROMPTS);
    const event = world.tickEvent();
    await world.runToEnd(event);
    for (let i = 0; i < 7; i++) await world.tick();
    expect(await world.runToEnd(event)).toMatchObject({ outcome: "duplicate" });
  });
});

describe("an event that comes late", () => {
  it.each([
    { age: MINUTE, outcome: "warmed" },
    { age: MINUTE + 1, outcome: "stale_event" },
    { age: 6 * 60 * MINUTE, outcome: "stale_event" },
    { age: -MINUTE, outcome: "warmed" },
  ])("by $age ms ends as $outcome", async ({ age, outcome }) => {
    const world = await MemoryWorld.live(PROMPTS);
    const event = { ...world.tickEvent(), time: new Date(world.now - age).toISOString() };
    expect(await world.runToEnd(event)).toMatchObject({ outcome });
  });
});

describe("the lease", () => {
  /** A run that began at START and died while its first requests were in flight. */
  async function aDeadRun(): Promise<MemoryWorld> {
    const world = await MemoryWorld.live(PROMPTS);
    const run = world.run(world.tickEvent(), { diesAtTurn: 14 });
    expect(await world.scheduler.until(run)).toBe("killed");
    expect(world.control.control.lease).toMatchObject({ until: START + TIMEOUT_MS });
    return world;
  }

  it.each([
    { after: TIMEOUT_MS - 1, outcome: "lease_held" },
    { after: TIMEOUT_MS, outcome: "warmed" },
  ])("of a run that died is, $after ms after its start, $outcome to others", async ({ after, outcome }) => {
    const world = await aDeadRun();
    await world.pass(START + after - world.now);
    expect(await world.tick()).toMatchObject({ outcome });
  });

  it("is given back by a run that ends", async () => {
    const world = await MemoryWorld.live(PROMPTS);
    await world.tick();
    expect(world.control.control.lease).toBeUndefined();
  });

  it("is given back by a run that meets an unreadable table on its way", async () => {
    const world = await MemoryWorld.live(PROMPTS);
    world.prefixes.unavailable = (call) => call === "save" && world.touches().length > 0;
    expect(await world.tick()).toMatchObject({ outcome: "state_unreadable" });
    expect(world.control.control.lease).toBeUndefined();
  });

  it("that was lost to another run ends the writing of prefix items", async () => {
    const world = await MemoryWorld.live(PROMPTS, { config: { ...CONFIG, keepPreviousMs: 0 } });
    await world.publish("green", "2", [aPrompt("other", { tokens: 600 })]);
    const slow = world.run(world.tickEvent());
    await world.pass(500);
    await world.flip("green");
    // A clock five minutes ahead takes the lease for expired.
    const event = { ...world.changeEvent(), time: new Date(world.now + 5 * MINUTE).toISOString() };
    expect(await world.runToEnd(event, { skewMs: 5 * MINUTE })).toMatchObject({ color: "green" });
    await world.scheduler.until(slow);
    const since = world.now;
    await world.pass(MINUTE);
    await world.minutes(8);
    const live = new Set(world.touches(since).map(({ fingerprint }) => fingerprint));
    expect(live.size).toBe(1);
  });
});

describe("runs that overlap", () => {
  const aRun = fc.record({
    startsAfter: fc.integer({ min: 0, max: 3 * MINUTE }),
    diesAtTurn: fc.option(fc.integer({ min: 1, max: 40 }), { nil: Number.POSITIVE_INFINITY }),
    kind: fc.constantFrom("tick" as const, "change" as const),
    slowMs: aSlowness,
  });

  it("never have two requests for one prefix in flight, whoever dies", async () => {
    await fc.assert(
      fc.asyncProperty(aSeed, fc.array(aRun, { minLength: 2, maxLength: 8 }), async (seed, runs) => {
        const latency = () => ({ firstByteMs: 2 * SECOND, totalMs: 4 * SECOND });
        const world = await MemoryWorld.live(PROMPTS, { seed, provider: { latency } });
        await world.scheduler.until(
          Promise.all(
            runs.map(async ({ startsAfter, kind, ...options }) => {
              await world.wait(startsAfter);
              return world.run(kind === "tick" ? world.tickEvent() : world.changeEvent(), options);
            }),
          ),
        );
        expect(mostInFlightForOne(world)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  it("fill each prefix once where none of them dies", async () => {
    await fc.assert(
      fc.asyncProperty(aSeed, fc.array(aRun, { minLength: 2, maxLength: 8 }), async (seed, runs) => {
        const world = await MemoryWorld.live(PROMPTS, { seed });
        await world.scheduler.until(
          Promise.all(
            runs.map(async ({ startsAfter, slowMs }) => {
              await world.wait(startsAfter);
              return world.run(world.tickEvent(), { slowMs });
            }),
          ),
        );
        const fills = world.touches().filter(({ usage }) => usage !== undefined && writtenTokens(usage) > 0);
        expect(fills).toHaveLength(PROMPTS.length);
      }),
      { numRuns: 60 },
    );
  });
});
