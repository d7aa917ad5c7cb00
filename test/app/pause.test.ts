import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Refused } from "../../lib/app/errors.ts";
import { type PauseReport, pauseByOperator, pauseOnAlarm } from "../../lib/app/pause.ts";
import { resumeByOperator } from "../../lib/app/resume.ts";
import { type AlarmName, alarmName } from "../../lib/core/alarms.ts";
import { Worker, type WorkerOptions } from "../support/memory/scheduler.ts";
import { CONFIG, MemoryWorld, MINUTE, SECOND, withLimits } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const PLACE = { account: "123456789012", region: "eu-central-1" };
const aSeed = fc.integer({ min: 0, max: 2 ** 31 });

/** The direct action of an alarm that fired at an instant. */
function alarmEvent(alarm: AlarmName, at: number, { state = "ALARM", account = PLACE.account } = {}) {
  const name = alarmName(CONFIG.service, CONFIG.environment, alarm);
  const timestamp = new Date(at).toISOString();
  return {
    source: "aws.cloudwatch",
    alarmArn: `arn:aws:cloudwatch:${PLACE.region}:${account}:alarm:${name}`,
    alarmData: { alarmName: name, state: { value: state, reason: "Threshold Crossed", timestamp } },
  };
}

/** One run of the pause function; several may be under way at once. */
function pausing(world: MemoryWorld, event: unknown, options: WorkerOptions & { id?: string } = {}) {
  const worker = new Worker(world.scheduler, options);
  const { control } = world.ports(worker);
  return pauseOnAlarm({ clock: worker, control }, world.config, event, PLACE, options.id ?? "pause-1");
}

const pausedBy = (world: MemoryWorld, event: unknown): Promise<PauseReport> =>
  world.scheduler.until(pausing(world, event));

/** An operator's work, which may fail. */
function operator(world: MemoryWorld, act: "pause" | "resume", options: WorkerOptions = {}) {
  const ports = world.ports(new Worker(world.scheduler, options));
  const request = { by: "ops", reason: "looking" };
  const { generation } = world.control.control;
  return act === "pause"
    ? pauseByOperator(ports, request, `ops-${generation}`)
    : resumeByOperator(ports, world.config, { ...request, generation }, `ops-${generation}`);
}

const live = (seed = 1) => MemoryWorld.live([aPrompt("support", { tokens: 600 })], { seed });

describe("a spend alarm", () => {
  it.each(["HourlySpend", "DailySpend"] as const)(
    "%s pauses, with its name and its reason",
    async (alarm) => {
      const world = await live();
      expect(await pausedBy(world, alarmEvent(alarm, world.now))).toMatchObject({ outcome: "paused" });
      expect(world.control.control.paused).toMatchObject({
        cause: "spend_alarm",
        alarm,
        by: alarm,
        reason: "Threshold Crossed",
        at: world.now,
      });
    },
  );

  it("stops the next tick, and no tick before it", async () => {
    const world = await live();
    await world.minutes(3);
    const since = world.now;
    await pausedBy(world, alarmEvent("HourlySpend", world.now));
    const reports = await world.minutes(10);
    expect(reports.map(({ outcome }) => outcome)).toEqual(Array(10).fill("paused"));
    expect(world.touches(since + 1)).toEqual([]);
  });

  it("that comes twice pauses once, and the first reason stands", async () => {
    const world = await live();
    const { generation } = world.control.control;
    await pausedBy(world, alarmEvent("HourlySpend", world.now));
    const first = world.control.control.paused;
    await world.pass(MINUTE);
    expect(await pausedBy(world, alarmEvent("DailySpend", world.now))).toMatchObject({
      outcome: "already_paused",
    });
    expect(world.control.control.paused).toEqual(first);
    expect(world.control.control.generation).toBe(generation + 1);
  });

  it("pauses once though the answer to the write is lost", async () => {
    const world = await live();
    world.control.failNext("write", "refused_retry");
    expect(await pausedBy(world, alarmEvent("HourlySpend", world.now))).toMatchObject({ outcome: "paused" });
    expect(world.control.control.generation).toBe(2);
  });

  it("that cannot be written fails, so that Lambda delivers it again", async () => {
    const world = await live();
    world.control.failNext("write", "unavailable");
    await expect(pausedBy(world, alarmEvent("HourlySpend", world.now))).rejects.toThrow("TimeoutError");
    expect(world.control.control.paused).toBeUndefined();
  });

  it("has nothing to pause before init", async () => {
    const world = new MemoryWorld();
    expect(await pausedBy(world, alarmEvent("HourlySpend", world.now))).toMatchObject({
      outcome: "not_initialised",
    });
  });

  it("tells truly who paused, whatever an operator does at the same time", async () => {
    await fc.assert(
      fc.asyncProperty(aSeed, async (seed) => {
        const world = await live(seed);
        const [report] = await world.scheduler.until(
          Promise.all([pausing(world, alarmEvent("HourlySpend", world.now)), operator(world, "pause")]),
        );
        const byAlarm = world.control.control.paused?.cause === "spend_alarm";
        expect(report.outcome).toBe(byAlarm ? "paused" : "already_paused");
      }),
      { numRuns: 50 },
    );
  });

  it("that fired before a resume does not undo it, whichever of the two is written first", async () => {
    await fc.assert(
      fc.asyncProperty(aSeed, fc.constantFrom(0, 200, 2 * SECOND), async (seed, slowMs) => {
        const world = await live(seed);
        await world.scheduler.until(operator(world, "pause"));
        const event = alarmEvent("HourlySpend", world.now);
        await world.pass(SECOND);
        const resuming = operator(world, "resume", { slowMs });
        await world.scheduler.until(Promise.all([pausing(world, event, { slowMs }), resuming]));
        expect(world.control.control.paused).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it("that fired before a resume pauses all the same while its limit is met", async () => {
    const config = withLimits({ hourly: 0.001, daily: 5 }, "throttle");
    const world = await MemoryWorld.live([aPrompt("support", { tokens: 600 })], { config });
    await world.tick();
    const event = alarmEvent("HourlySpend", world.now);
    await world.scheduler.until(operator(world, "pause"));
    await world.pass(SECOND);
    const ports = world.ports(new Worker(world.scheduler));
    const { generation } = world.control.control;
    const request = { by: "ops", reason: "again", generation, force: true };
    await world.scheduler.until(resumeByOperator(ports, config, request, "resume"));
    expect(await pausedBy(world, event)).toMatchObject({ outcome: "paused" });
  });
});

describe("an event that is none of its business", () => {
  it.each<[string, unknown]>([
    ["the alarm's recovery", alarmEvent("HourlySpend", 0, { state: "OK" })],
    ["a lack of data", alarmEvent("HourlySpend", 0, { state: "INSUFFICIENT_DATA" })],
    ["another account's alarm", alarmEvent("HourlySpend", 0, { account: "999999999999" })],
    ["an alarm that tells of silence", alarmEvent("WarmerSilent", 0)],
    ["an alarm that tells of errors", alarmEvent("WarmErrors", 0)],
    ["the alarm of a pause", alarmEvent("Paused", 0)],
    ["no object", null],
    ["text", "pause now"],
    ["an empty SNS message", { Records: [{ Sns: { Message: "" } }] }],
    ["an SNS message that is no JSON", { Records: [{ Sns: { Message: "{" } }] }],
    ["an action without data", { source: "aws.cloudwatch" }],
  ])("is ignored, with its reason, when it is %s", async (_what, event) => {
    const world = await live();
    const before = world.control.item;
    const report = await pausedBy(world, event);
    expect(report.outcome).toBe("ignored");
    expect(report.message).not.toBe("");
    expect(world.control.item).toBe(before);
  });

  it("is ignored whatever it is", async () => {
    const world = await live();
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (event) => {
        expect(await pausedBy(world, event)).toMatchObject({ outcome: "ignored" });
      }),
      { numRuns: 100 },
    );
  });
});

describe("an operator's pause", () => {
  it("names who and why, and a second one changes nothing", async () => {
    const world = await live();
    await world.scheduler.until(operator(world, "pause"));
    const after = await world.scheduler.until(operator(world, "pause"));
    expect(after.paused).toMatchObject({ cause: "operator", by: "ops", reason: "looking" });
    expect(after.generation).toBe(2);
  });

  it("is refused before init", async () => {
    const world = new MemoryWorld();
    const ports = world.ports(new Worker(world.scheduler));
    const pause = pauseByOperator(ports, { by: "ops", reason: "looking" }, "ops");
    await expect(world.scheduler.until(pause)).rejects.toThrow(Refused);
  });

  it("in the middle of a run ends it after the wave that is under way", async () => {
    const prompts = Array.from({ length: 150 }, (_, i) => aPrompt(`desk-${i}`, { tokens: 600 }));
    const world = await MemoryWorld.live(prompts);
    const run = world.run(world.tickEvent());
    await world.pass(2 * SECOND);
    await world.scheduler.until(operator(world, "pause"));
    expect(world.control.control.ledger.inFlight).toHaveLength(1);
    expect(await world.scheduler.until(run)).toMatchObject({ outcome: "paused" });
    expect(world.touches().length).toBeLessThan(prompts.length);
  });
});

describe("what the pause function answers", () => {
  it("names the alarm and its reason, and the second time the reason that stands", async () => {
    const world = await live();
    expect(await pausedBy(world, alarmEvent("HourlySpend", world.now))).toEqual({
      outcome: "paused",
      message: "paused by HourlySpend: Threshold Crossed",
    });
    expect(await pausedBy(world, alarmEvent("DailySpend", world.now))).toEqual({
      outcome: "already_paused",
      message: "paused before: Threshold Crossed",
    });
  });

  it("says before init that there is nothing to pause", async () => {
    const world = new MemoryWorld();
    expect((await pausedBy(world, alarmEvent("HourlySpend", world.now))).message).toBe(
      "nothing to pause before `warmer init`",
    );
  });

  it.each([
    ["before", -1, "ignored"],
    ["at", 0, "ignored"],
    ["after", 1, "paused"],
  ])("leaves out an alarm that fired %s the instant of the last resume", async (_when, ms, outcome) => {
    const world = await live();
    const resumedAt = world.now + MINUTE;
    world.control.edit((control) => ({
      ...control,
      lastResume: { by: "ops", reason: "looked", at: resumedAt },
    }));
    await world.pass(2 * MINUTE);
    const report = await pausedBy(world, alarmEvent("HourlySpend", resumedAt + ms));
    expect(report.outcome).toBe(outcome);
    if (outcome === "ignored")
      expect(report.message).toBe("HourlySpend fired before the last resume, and no limit is met now");
  });

  it("stays with what it paused when the alarm is of before a resume, but the warmer is paused again", async () => {
    const world = await live();
    const { now } = world;
    await world.scheduler.until(operator(world, "pause"));
    world.control.edit((control) => ({ ...control, lastResume: { by: "ops", reason: "looked", at: now } }));
    expect((await pausedBy(world, alarmEvent("HourlySpend", now))).outcome).toBe("already_paused");
  });
});

describe("a drill", () => {
  const byRule = (at: number) => {
    const { alarmArn, alarmData } = alarmEvent("Drill", at);
    return { source: "aws.cloudwatch", resources: [alarmArn], detail: alarmData };
  };

  it("is written down by the path that it came, beside the other, and pauses nothing", async () => {
    const world = await live();
    const first = world.now;
    expect(await pausedBy(world, alarmEvent("Drill", first))).toEqual({
      outcome: "drilled",
      message: "the drill was heard by action; nothing was paused",
    });
    await world.pass(MINUTE);
    const second = world.now;
    expect(await pausedBy(world, byRule(second))).toEqual({
      outcome: "drilled",
      message: "the drill was heard by rule; nothing was paused",
    });
    expect(world.control.control.drill).toEqual({ heardByAction: first, heardByRule: second });
    expect(world.control.control.paused).toBeUndefined();
    expect(world.control.control.generation).toBe(1);
  });
});

describe("an operator's pause of one prefix", () => {
  it("pauses it by name at this moment, and no other", async () => {
    const world = await live();
    const ports = world.ports(new Worker(world.scheduler));
    const act = { by: "ops", reason: "looking" };
    const after = await world.scheduler.until(pauseByOperator(ports, { ...act, prefix: "support" }, "ops"));
    expect(after.paused).toBeUndefined();
    expect(after.prefixes).toEqual({
      support: { paused: { ...act, cause: "operator", at: world.now, incident: 2 } },
    });
  });
});
