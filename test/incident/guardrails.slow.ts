import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { throttleByOperator } from "../../lib/app/throttle.ts";
import { fromUsd } from "../../lib/core/money.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, HOUR, MINUTE, World } from "../support/world.ts";
import { ended } from "./fault.ts";
import {
  billed,
  dearPrompts,
  FILL,
  forgetUntil,
  OUT_OF_REACH,
  publishBeyondLimits,
  publishEveryMinute,
} from "./money.ts";
import { resume } from "./operator.ts";
import { withOptions } from "./other-options.ts";
import { withGuardrails } from "./variants.ts";

/** Some minutes before the UTC hour ends. */
const START = Date.UTC(2026, 10, 20, 8, 49);
const NEXT_HOUR = Date.UTC(2026, 10, 20, 9);
const { hourly } = CONFIG.guardrails;

/** One tick that fills all of it is more than the hour's limit. */
const twelve = dearPrompts(12);

let world: World;

/** Deployed and initialised, with nothing published yet. */
async function deploy(assembly: string, startAt = START): Promise<void> {
  world = await World.deploy({ startAt, assembly });
  await world.init("blue");
}

/** CloudWatch, SNS, the alarms and the pause function fail at whatever they do; the monitor is never called. */
function killEverythingElse(): void {
  const { faults, events, alarms } = world.engine;
  faults.inject({ kind: "unavailable", service: "cloudwatch" });
  faults.inject({ kind: "unavailable", service: "sns" });
  faults.inject({
    kind: "unavailable",
    service: "dynamodb",
    caller: logicalId("AWS::Lambda::Function", "Pause"),
  });
  events.setEnabled(logicalId("AWS::Events::Rule", "MonitorTick"), false);
  alarms.setAlive(false);
}

function logicalId(type: "AWS::Lambda::Function" | "AWS::Events::Rule", part: string): string {
  const found = world.engine
    .template()
    .ofType(type)
    .find(({ logicalId }) => logicalId.includes(part));
  if (found === undefined) throw new Error(`the template has no ${type} ${part}`);
  return found.logicalId;
}

/** Starts of the requests that wrote, since an instant. */
function fillStarts(since: number): number[] {
  return world
    .touches(since)
    .filter(({ usage }) => (usage?.write5mTokens ?? 0) > 0)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
}

/** The most of `instants` that lie in any minute, sliding. */
function mostInAMinute(instants: readonly number[]): number {
  return Math.max(
    0,
    ...instants.map((from) => instants.filter((at) => at >= from && at < from + MINUTE).length),
  );
}

async function controlItem() {
  const held = await world.warmer.operator.control.read();
  if (held === undefined) throw new Error("there is no control item");
  return held.control;
}

/** Subjects of the warmer's own mails; those of alarms begin with the alarm's state. */
function mails(): string[] {
  return world.engine.journal.events.flatMap((event) =>
    event.kind === "notified" && event.subject.startsWith("support test: ") ? [event.subject] : [],
  );
}

/** Ways to spend without end that no rule of the warmer stops, but for its limits. */
const SOURCES = [
  {
    source: "a release that is published every minute with the time in its prompts",
    spend: async (until: number) => publishEveryMinute(world, twelve, until),
    isKnown: true,
  },
  {
    source: "a provider that forgets everything and answers without usage",
    spend: async (until: number) => {
      await publishBeyondLimits(world, twelve("every time"));
      forgetUntil(world, until);
      world.provider.faults.add({ kind: "missing_usage", when: { until } });
    },
    isKnown: false,
  },
];

describe("the limits, with CloudWatch, SNS, pause and monitor all dead", () => {
  afterEach(() => world.stop());

  it.each(SOURCES)(
    "hold in every UTC hour against $source, and the first run that meets one pauses",
    async ({ spend, isKnown }) => {
      await deploy(inject("assembly").directory);
      killEverythingElse();
      await spend(START + 3 * MINUTE);
      await world.pass(4 * MINUTE);

      const limited = ended(world, START).filter(({ outcome }) => outcome === "limit_hour");
      expect(limited).toHaveLength(1);
      const [{ endedAt: metAt } = { endedAt: START }] = limited;
      expect(await controlItem()).toMatchObject({ paused: { cause: "limit_hour", by: "ledger" } });
      expect((await controlItem()).paused?.at).toBeLessThanOrEqual(metAt);
      expect(world.touches(metAt + 1)).toEqual([]);
      expect(billed(world)).toBeLessThanOrEqual(hourly);
      expect(billed(world)).toBeGreaterThan(isKnown ? hourly - 2 * FILL : 0);

      // The next hour has room again, everything is cold, and nobody resumed.
      await world.engine.runUntil(NEXT_HOUR + 2 * MINUTE);
      expect(world.touches(NEXT_HOUR)).toEqual([]);
      expect(new Set(ended(world, metAt).map(({ outcome }) => outcome))).toEqual(new Set(["paused"]));

      await resume(world, "a new hour");
      await spend(NEXT_HOUR + 5 * MINUTE);
      await world.pass(4 * MINUTE);
      expect(ended(world, NEXT_HOUR).filter(({ outcome }) => outcome === "limit_hour")).toHaveLength(1);
      expect(billed(world, NEXT_HOUR)).toBeLessThanOrEqual(hourly);
      expect(billed(world, NEXT_HOUR)).toBeGreaterThan(0);
      expect(billed(world, NEXT_HOUR - HOUR, NEXT_HOUR)).toBeLessThanOrEqual(hourly);
    },
  );

  it("stop at the daily limit where less is left of the day than of the hour", async () => {
    const daily = fromUsd(1.5);
    await deploy(withGuardrails(inject("assembly"), { daily }));
    killEverythingElse();
    publishEveryMinute(world, twelve, START + 2 * MINUTE);
    await world.engine.runUntil(NEXT_HOUR + MINUTE);
    await resume(world, "a new hour");
    await world.pass(3 * MINUTE);
    expect(await controlItem()).toMatchObject({ paused: { cause: "limit_day", by: "ledger" } });
    expect(billed(world)).toBeLessThanOrEqual(daily);
    expect(billed(world, NEXT_HOUR)).toBeLessThan(hourly - 2 * FILL);
    await expect(resume(world, "too soon", { daily })).rejects.toThrow(/the cause still holds/);
  });
});

describe("without a limit in reach", () => {
  beforeAll(async () => {
    const limits = { hourly: OUT_OF_REACH, daily: OUT_OF_REACH, absoluteMax: OUT_OF_REACH };
    await deploy(withGuardrails(inject("assembly"), limits));
    killEverythingElse();
  });
  afterAll(() => world.stop());

  it.each(SOURCES)("ten minutes cost more than ten hours may, by $source", async ({ spend }) => {
    const from = world.engine.now();
    await spend(from + 10 * MINUTE);
    await world.pass(10 * MINUTE);
    expect(billed(world, from)).toBeGreaterThan(10 * hourly);
  });

  it("a throttle of one prefix holds its fills apart, and no other prefix waits for it", async () => {
    const slow = { name: "slow", model: "claude-sonnet-5-5" };
    const act = { by: "anna", reason: "it loops", prefix: slow.name, maxFillsPerMinute: 1 };
    await throttleByOperator(world.warmer.operator, act, "throttle");
    const from = world.engine.now();
    const release = (words: string) => [aPrompt(slow.name, { ...slow, words }), ...dearPrompts(3)(words)];
    publishEveryMinute(world, release, from + 4 * MINUTE);
    forgetUntil(world, from + 4 * MINUTE);
    await world.pass(4 * MINUTE + 30_000);

    const isSlow = ({ model }: { readonly model?: string | undefined }) => model === slow.model;
    const fills = world.touches(from).filter(isSlow);
    expect(fills.length).toBeGreaterThanOrEqual(4);
    expect(mostInAMinute(fills.map(({ at }) => at))).toBe(1);
    const working = world.ran(from).filter(({ outcome }) => outcome !== "lease_held");
    expect(working.length).toBeGreaterThan(3);
    for (const run of working) {
      // Each of the three twice: the read that should confirm the fill is a fill itself.
      const others = world.touches(run.at).filter((touch) => !isSlow(touch) && touch.at < run.at + 10_000);
      expect(others).toHaveLength(6);
      expect(new Set(others.map(({ fingerprint }) => fingerprint)).size).toBe(3);
    }
  });
});

/** The stack with another action on limits: no alarm of it pauses. */
function goingOn(actionOnLimit: "alert_only" | "throttle", daily: number, absoluteMax: number): string {
  const costGuardrails = {
    ...TEST_OPTIONS.costGuardrails,
    maxDailyFillCost: daily,
    absoluteMax,
    actionOnLimit,
  };
  return withOptions(inject("assembly"), { ...TEST_OPTIONS, costGuardrails });
}

describe("alert_only", () => {
  afterAll(() => world.stop());

  it("goes on past a limit, tells people once per window, and stops at the absolute maximum", async () => {
    await deploy(goingOn("alert_only", 7, 9), NEXT_HOUR - 4 * MINUTE);
    publishEveryMinute(world, twelve, NEXT_HOUR + 5 * MINUTE);
    await world.engine.runUntil(NEXT_HOUR);
    expect(billed(world)).toBeGreaterThan(2 * hourly);
    expect(await controlItem()).not.toHaveProperty("paused");
    expect(mails()).toEqual(["support test: warmer past its spend limit"]);

    await world.pass(2 * MINUTE);
    // Hour eight, hour nine, and the day.
    expect(mails()).toEqual(Array(3).fill("support test: warmer past its spend limit"));
    await world.pass(3 * MINUTE);
    expect(await controlItem()).toMatchObject({ paused: { cause: "absolute_max", by: "ledger" } });
    expect(mails()).toEqual([
      ...Array(3).fill("support test: warmer past its spend limit"),
      "support test: warmer paused",
    ]);
    expect(billed(world)).toBeLessThanOrEqual(fromUsd(9));
    expect(billed(world)).toBeGreaterThan(fromUsd(9) - 2 * FILL);
  });
});

describe("throttle", () => {
  const until = START + 5 * MINUTE;
  beforeAll(async () => {
    await deploy(goingOn("throttle", 5, 8));
    publishEveryMinute(world, twelve, until);
    await world.engine.runUntil(until);
  });
  afterAll(() => world.stop());

  it("sends at most ten fills in any minute from the first met limit on", async () => {
    const { throttled } = await controlItem();
    expect(throttled).toMatchObject({ cause: "limit_hour", by: "ledger", maxFillsPerMinute: 10 });
    const slowed = fillStarts(throttled?.at ?? 0);
    expect(slowed.length).toBeGreaterThan(30);
    expect(mostInAMinute(slowed)).toBeLessThanOrEqual(10);
    expect(mostInAMinute(fillStarts(START))).toBeGreaterThan(10);
  });

  it("gives the slot of a read back: reads follow one another, fills keep their distance", async () => {
    const since = until + 4 * MINUTE;
    await world.engine.runUntil(since + 8 * MINUTE);
    expect(await controlItem()).toMatchObject({ throttled: { maxFillsPerMinute: 10 } });
    expect(fillStarts(since)).toEqual([]);
    expect(world.touches(since).length).toBeGreaterThanOrEqual(2 * 12);
    const busy = world.ran(since).filter(({ report }) => (report?.due ?? 0) > 2);
    expect(busy.length).toBeGreaterThan(0);
    for (const { at, endedAt, report } of busy) expect(endedAt - at).toBeLessThan(2_000 * (report?.due ?? 0));
  });

  it("stops at the absolute maximum", async () => {
    const resumesAt = world.engine.now();
    publishEveryMinute(world, twelve, resumesAt + 5 * MINUTE);
    await world.pass(6 * MINUTE);
    expect((await controlItem()).paused).toMatchObject({ cause: "absolute_max" });
    expect(billed(world)).toBeLessThanOrEqual(fromUsd(8));
  });
});
