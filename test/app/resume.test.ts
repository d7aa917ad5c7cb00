import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Refused } from "../../lib/app/errors.ts";
import { pauseByOperator } from "../../lib/app/pause.ts";
import { type ResumeRequest, resumeByOperator } from "../../lib/app/resume.ts";
import type { Control } from "../../lib/core/control.ts";
import { NEVER } from "../../lib/core/due.ts";
import type { PrefixState } from "../../lib/core/prefix-state.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { HOUR, MemoryWorld, MINUTE, SECOND, withLimits } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const aSeed = fc.integer({ min: 0, max: 2 ** 31 });
const PROMPTS = [aPrompt("support", { tokens: 600 })];

/** Less than one touch of the prompt costs at most, in USD. */
const NO_ROOM = 0.002;

/** Begins a resume; by default of the generation that stands now. */
function resuming(world: MemoryWorld, request: Partial<ResumeRequest> = {}): Promise<Control> {
  const ports = world.ports(new Worker(world.scheduler));
  const { generation } = world.control.control;
  const full = { by: "ops", reason: "looked at it", generation, ...request };
  return resumeByOperator(ports, world.config, full, `resume-${full.generation}`);
}

const resume = (world: MemoryWorld, request: Partial<ResumeRequest> = {}) =>
  world.scheduler.until(resuming(world, request));

function pausing(world: MemoryWorld, by = "ops"): Promise<Control> {
  const ports = world.ports(new Worker(world.scheduler));
  return pauseByOperator(ports, { by, reason: "looking" }, `pause by ${by}`);
}

/** A world that met its hourly limit with its first touch, and paused. */
async function aStoppedWorld(): Promise<MemoryWorld> {
  const world = await MemoryWorld.live(PROMPTS, { config: withLimits({ hourly: NO_ROOM, daily: 1 }) });
  expect(await world.tick()).toMatchObject({ outcome: "limit_hour" });
  return world;
}

describe("a resume", () => {
  it("after a pause lets the first tick after it warm at once", async () => {
    const world = await MemoryWorld.live(PROMPTS);
    await world.scheduler.until(pausing(world));
    expect(await world.minutes(1)).toMatchObject([{ outcome: "paused" }]);
    await resume(world);
    expect(await world.minutes(1)).toMatchObject([{ outcome: "warmed", fills: 1 }]);
  });

  it("raises the generation, and remembers who and why", async () => {
    const world = await MemoryWorld.live(PROMPTS);
    await world.scheduler.until(pausing(world));
    const after = await resume(world);
    expect(after).toMatchObject({ generation: 3, lastResume: { by: "ops", reason: "looked at it" } });
    expect(after.paused).toBeUndefined();
  });

  it.each([1, 3, 99])(
    "of generation %d is refused where 2 stands, and changes nothing",
    async (generation) => {
      const world = await MemoryWorld.live(PROMPTS);
      await world.scheduler.until(pausing(world));
      const before = world.control.item;
      await expect(resume(world, { generation })).rejects.toThrow(Refused);
      expect(world.control.item).toBe(before);
    },
  );

  it("of the warmer needs nothing of its prefixes", async () => {
    const world = await MemoryWorld.live(PROMPTS);
    await world.scheduler.until(pausing(world));
    world.prefixes.unavailable = () => true;
    expect((await resume(world)).paused).toBeUndefined();
  });

  it("of a warmer that runs is refused", async () => {
    const world = await MemoryWorld.live(PROMPTS);
    await expect(resume(world)).rejects.toThrow(/neither paused nor throttled/);
  });

  it("loses against a pause that it has not seen, in any interleaving", async () => {
    await fc.assert(
      fc.asyncProperty(aSeed, async (seed) => {
        const world = await MemoryWorld.live(PROMPTS, { seed });
        await world.scheduler.until(pausing(world));
        const seen = world.control.control.generation;
        await resume(world);
        await world.scheduler.until(pausing(world, "somebody else"));
        const late = resuming(world, { generation: seen }).catch((error: unknown) => error);
        const [ended] = await world.scheduler.until(Promise.all([late, world.run(world.tickEvent())]));
        expect(ended).toBeInstanceOf(Refused);
        expect(world.control.control.paused).toMatchObject({ by: "somebody else" });
      }),
      { numRuns: 20 },
    );
  });
});

describe("a resume while the limit is still met", () => {
  it("is refused, and says what was spent and what to do", async () => {
    const world = await aStoppedWorld();
    await expect(resume(world)).rejects.toThrow(/cause still holds.*--allow-extra/s);
    expect(world.control.control.paused).toBeDefined();
  });

  it("goes through with an allowance that makes room, and the allowance ends with its hour", async () => {
    const world = await aStoppedWorld();
    const after = await resume(world, { allowExtra: 20_000 });
    expect(after.ledger.hour.allowance).toBe(20_000);
    expect(await world.minutes(1)).toMatchObject([{ outcome: "warmed" }]);
    await world.pass(HOUR);
    expect(await world.tick()).toMatchObject({ outcome: "limit_hour" });
  });

  it("is forced at the price of the next refusal: no touch passes the limit", async () => {
    const world = await aStoppedWorld();
    await resume(world, { force: true });
    expect(await world.minutes(1)).toMatchObject([{ outcome: "limit_hour" }]);
    expect(world.touches()).toEqual([]);
  });

  it("goes through in the next hour, which did not resume by itself", async () => {
    const world = await aStoppedWorld();
    await world.pass(HOUR);
    expect(await world.tick()).toMatchObject({ outcome: "paused" });
    expect((await resume(world)).paused).toBeUndefined();
  });

  it.each([0, 20_000])("and an allowance of %d shows the next breach as a transition", async (allowExtra) => {
    const world = await aStoppedWorld();
    world.prefixes.loops = true;
    for (let at = world.now; at < world.now + 20 * MINUTE; at += 30 * SECOND) {
      world.provider.faults.add({ kind: "evict", at });
    }
    const used = async () => {
      await world.monitor();
      return world.metrics.values("HourlyLimitUsed").at(-1);
    };
    expect(await used()).toBeGreaterThanOrEqual(1);
    await resume(world, { allowExtra, force: true });
    expect(await used()).toBeLessThan(1);
    while (world.control.control.paused === undefined) await world.minutes(1);
    expect(await used()).toBeGreaterThanOrEqual(1);
  });
});

describe("a refused resume", () => {
  it("says which generation stands", async () => {
    const world = await MemoryWorld.live(PROMPTS);
    await world.scheduler.until(pausing(world));
    await expect(resume(world, { generation: 1 })).rejects.toThrow(
      new Refused("the warmer has changed since generation 1 (it is 2 now); look with `warmer status`"),
    );
  });

  it("says what was spent this hour and today, and the three ways on", async () => {
    const world = await aStoppedWorld();
    const cause = world.control.control.paused?.reason;
    await expect(resume(world)).rejects.toThrow(
      new Refused(
        `the cause still holds (${cause}; $0.00 spent this hour, $0.00 today); use --allow-extra USD, wait for the next window, or --force`,
      ),
    );
  });

  it("of a throttle names why it was set", async () => {
    const config = withLimits({ hourly: NO_ROOM, daily: 1 }, "throttle");
    const world = await MemoryWorld.live(PROMPTS, { config });
    await world.tick();
    expect(world.control.control.throttled?.cause).toBe("limit_hour");
    await expect(resume(world)).rejects.toThrow(/cause still holds \(the hourly limit/);
    expect((await resume(world, { force: true })).throttled).toBeUndefined();
  });

  it("asks for what the state allows: a prefix that nobody paused is named", async () => {
    const world = await MemoryWorld.live(PROMPTS);
    await expect(resume(world, { prefix: "support" })).rejects.toThrow(
      new Refused("support is neither paused nor throttled by itself"),
    );
  });
});

describe("a resume of one prefix", () => {
  const pausePrefix = (world: MemoryWorld) =>
    world.scheduler.until(
      pauseByOperator(
        world.ports(new Worker(world.scheduler)),
        { by: "ops", reason: "looking", prefix: "support" },
        "pause support",
      ),
    );

  /** The prefix as a loop left it. */
  async function aLoop(fields: Partial<PrefixState> = {}): Promise<MemoryWorld> {
    const world = await MemoryWorld.live(PROMPTS);
    await world.minutes(2);
    world.prefixes.edit("support", (state) => ({ ...state, stopped: "warmer_loop", ...fields }));
    return world;
  }

  it("ends its own pause, whatever the limits are", async () => {
    const world = await aStoppedWorld();
    await pausePrefix(world);
    const after = await resume(world, { prefix: "support" });
    expect(after.prefixes).toEqual({});
    expect(after.paused).toBeDefined();
  });

  it("that was stopped as a loop asks for it to be touched again", async () => {
    const world = await aLoop();
    const after = await resume(world, { prefix: "support" });
    expect(after.prefixes).toEqual({ support: { restartedAt: world.now } });
    expect(after.lastResume).toEqual({ by: "ops", reason: "looked at it", at: world.now });
  });

  it("that was paused and stopped as a loop ends both", async () => {
    const world = await aLoop();
    await pausePrefix(world);
    const after = await resume(world, { prefix: "support" });
    expect(after.prefixes).toEqual({ support: { restartedAt: world.now } });
    expect(after.outbox?.at(-1)).toMatchObject({ kind: "resumed", prefix: "support" });
  });

  it.each<[string, Partial<PrefixState>, string]>([
    ["another name", {}, "triage"],
    ["a stop that only other bytes end", { stopped: "not_cached" }, "support"],
    ["a release that is not served any more", { dueAt: NEVER }, "support"],
  ])("restarts no loop of %s", async (_what, fields, prefix) => {
    const world = await aLoop(fields);
    await expect(resume(world, { prefix })).rejects.toThrow(Refused);
    expect(world.control.control.prefixes).toBeUndefined();
  });
});
