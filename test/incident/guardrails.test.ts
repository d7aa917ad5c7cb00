import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { type Assembly, synthesize } from "../../bin/synthesize.ts";
import { publishRelease } from "../../lib/app/publish.ts";
import { throttleByOperator } from "../../lib/app/throttle.ts";
import { fromUsd } from "../../lib/core/money.ts";
import type { LocalWarmerOptions } from "../../lib/local/local-warmer.ts";
import { toMicroUsd } from "../../lib/local/provider/bill.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import { aPrompt, type TestPrompt } from "../support/prompts.ts";
import { CONFIG, HOUR, MINUTE, World } from "../support/world.ts";
import { ended } from "./fault.ts";
import { billed } from "./money.ts";
import { resume } from "./operator.ts";
import { withGuardrails } from "./variants.ts";

/** A quarter of an hour before the UTC hour ends. */
const START = Date.UTC(2026, 10, 20, 8, 45);
const NEXT_HOUR = Date.UTC(2026, 10, 20, 9);
const LATER = Date.UTC(2026, 10, 20, 12);
const { hourly } = CONFIG.guardrails;

/** Twelve fills of 40,000 tokens, $0.10 each: one tick is more than the hour's limit of $1. */
const prompts = Array.from({ length: 12 }, (_, i) => aPrompt(`prompt-${i}`, { tokens: 40_000 }));
const few = prompts.slice(0, 3);
const FILL = 100_000;
const OUT_OF_REACH = 1_000 * hourly;

let world: World;
afterEach(() => world.stop());

/** Live with prompts that need more than the limits: they were published before the limits were lowered. */
async function live(served: readonly TestPrompt[], options: Partial<LocalWarmerOptions>): Promise<World> {
  const started = await World.deploy(options);
  await started.init("blue");
  const roomy = { ...CONFIG.guardrails, hourly: OUT_OF_REACH, daily: OUT_OF_REACH };
  const release = { color: "blue", release: "1", prompts: served, by: "test" };
  await publishRelease(started.warmer.operator, { ...CONFIG, guardrails: roomy }, release);
  return started;
}

/** The provider forgets everything every second from now on: each touch is a full write. */
function forgetUntil(until: number): void {
  for (let at = world.engine.now(); at < until; at += 1_000) world.provider.faults.add({ kind: "evict", at });
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

/** The assembly with limits that nothing here can meet: the ledger counts, and never refuses. */
function withoutLimits(): string {
  return withGuardrails(inject("assembly"), {
    hourly: OUT_OF_REACH,
    daily: OUT_OF_REACH,
    absoluteMax: OUT_OF_REACH,
  });
}

/** What the provider billed for requests of one UTC hour. */
function billedInHour(from: number): number {
  return toMicroUsd(world.provider.bill.total({ caller: "warmer", from, until: from + HOUR }).cost);
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

describe("the limits, with CloudWatch, SNS, pause and monitor all dead", () => {
  const LOOPS = [
    { loop: "a provider that forgets everything", usage: true },
    { loop: "a provider that forgets everything and answers without usage", usage: false },
  ];
  const breakProvider = (usage: boolean, until: number) => {
    forgetUntil(until);
    if (!usage) world.provider.faults.add({ kind: "missing_usage", when: { times: 1_000_000 } });
  };

  it.each(LOOPS)(
    "hold in every UTC hour against $loop, and the first run that meets one pauses",
    async ({ usage }) => {
      world = await live(prompts, { startAt: START });
      killEverythingElse();
      breakProvider(usage, NEXT_HOUR + 10 * MINUTE);
      await world.pass(14 * MINUTE);

      const limited = ended(world, START).filter(({ outcome }) => outcome === "limit_hour");
      expect(limited).toHaveLength(1);
      const [{ endedAt: metAt } = { endedAt: START }] = limited;
      expect(await controlItem()).toMatchObject({ paused: { cause: "limit_hour", by: "ledger" } });
      expect((await controlItem()).paused?.at).toBeLessThanOrEqual(metAt);
      expect(world.touches(metAt + 1)).toEqual([]);
      expect(billed(world)).toBeLessThanOrEqual(hourly);
      expect(billed(world)).toBeGreaterThan(usage ? hourly - 2 * FILL : 0);

      // The next hour has room again, and nobody resumed.
      await world.engine.runUntil(NEXT_HOUR + 5 * MINUTE);
      expect(world.touches(NEXT_HOUR)).toEqual([]);
      expect(new Set(ended(world, metAt).map(({ outcome }) => outcome))).toEqual(new Set(["paused"]));

      await resume(world, "a new hour");
      await world.pass(10 * MINUTE);
      expect(ended(world, NEXT_HOUR).filter(({ outcome }) => outcome === "limit_hour")).toHaveLength(1);
      expect(billedInHour(NEXT_HOUR)).toBeLessThanOrEqual(hourly);
      expect(billedInHour(NEXT_HOUR)).toBeGreaterThan(0);
      expect(billedInHour(NEXT_HOUR - HOUR)).toBeLessThanOrEqual(hourly);
    },
  );

  it.each(LOOPS)(
    "would be passed tenfold in the same minutes by $loop, were they out of reach",
    async ({ usage }) => {
      const assembly = withoutLimits();
      world = await live(prompts, { startAt: START, assembly });
      killEverythingElse();
      breakProvider(usage, NEXT_HOUR);
      await world.pass(14 * MINUTE);
      expect(billed(world)).toBeGreaterThan(10 * hourly);
    },
  );

  it("stop at the daily limit where less is left of the day than of the hour", async () => {
    const daily = fromUsd(1.5);
    const assembly = withGuardrails(inject("assembly"), { daily });
    world = await live(prompts, { startAt: START, assembly });
    killEverythingElse();
    forgetUntil(NEXT_HOUR + 10 * MINUTE);
    await world.engine.runUntil(NEXT_HOUR + MINUTE);
    await resume(world, "a new hour");
    await world.pass(8 * MINUTE);
    expect(await controlItem()).toMatchObject({ paused: { cause: "limit_day", by: "ledger" } });
    expect(billed(world)).toBeLessThanOrEqual(daily);
    expect(billedInHour(NEXT_HOUR)).toBeLessThan(hourly - 2 * FILL);
    await expect(resume(world, "too soon", { daily })).rejects.toThrow(/the cause still holds/);
  });
});

describe("a throttle of one prefix", () => {
  it("holds its fills apart, and no other prefix waits for it", async () => {
    world = await live(prompts.slice(0, 4), { startAt: START, assembly: withoutLimits() });
    const act = { by: "anna", reason: "it loops", prefix: "prompt-0", maxFillsPerMinute: 1 };
    await throttleByOperator(world.warmer.operator, act, "throttle");
    forgetUntil(NEXT_HOUR);
    await world.pass(6 * MINUTE);

    const fills = new Map<string, number[]>();
    for (const { fingerprint = "", at } of world.touches())
      fills.set(fingerprint, [...(fills.get(fingerprint) ?? []), at]);
    const [slow = [], ...others] = [...fills.values()].sort((a, b) => a.length - b.length);
    expect(mostInAMinute(slow)).toBe(1);
    expect(others).toHaveLength(3);
    const working = world.ran().filter(({ outcome }) => outcome !== "lease_held");
    expect(working.length).toBeGreaterThan(3);
    for (const run of working)
      for (const starts of others)
        expect(starts.some((at) => at >= run.at && at < run.at + 10_000)).toBe(true);
  });
});

describe("the actions that go on past a limit", () => {
  let throttling: Assembly;
  beforeAll(() => {
    throttling = synthesize({
      ...TEST_OPTIONS,
      costGuardrails: { ...TEST_OPTIONS.costGuardrails, actionOnLimit: "throttle" },
    });
  });
  afterAll(() => throttling.remove());

  it("alert_only goes on, tells people once per window, and stops at the absolute maximum", async () => {
    const absoluteMax = fromUsd(12);
    const rules = { actionOnLimit: "alert_only", daily: fromUsd(5), absoluteMax } as const;
    world = await live(few, { startAt: START, assembly: withGuardrails(throttling, rules) });
    forgetUntil(LATER);
    await world.engine.runUntil(NEXT_HOUR);
    expect(billed(world)).toBeGreaterThan(2 * hourly);
    expect(await controlItem()).not.toHaveProperty("paused");
    expect(mails()).toEqual(["support test: warmer past its spend limit"]);

    await world.pass(10 * MINUTE);
    // Hour eight, hour nine, and the day.
    expect(mails()).toEqual(Array(3).fill("support test: warmer past its spend limit"));
    await world.pass(30 * MINUTE);
    expect(await controlItem()).toMatchObject({ paused: { cause: "absolute_max", by: "ledger" } });
    expect(mails()).toEqual([
      ...Array(3).fill("support test: warmer past its spend limit"),
      "support test: warmer paused",
    ]);
    expect(billed(world)).toBeLessThanOrEqual(absoluteMax);
    expect(billed(world)).toBeGreaterThan(absoluteMax - 2 * FILL);
  });

  it("throttle sends at most ten fills in any minute, and stops at the absolute maximum", async () => {
    const absoluteMax = fromUsd(8);
    const assembly = withGuardrails(throttling, { absoluteMax });
    world = await live(prompts, { startAt: START, assembly });
    forgetUntil(LATER);
    await world.engine.runUntil(NEXT_HOUR + 5 * MINUTE);
    const { throttled, paused } = await controlItem();
    expect(throttled).toMatchObject({ cause: "limit_hour", by: "ledger", maxFillsPerMinute: 10 });
    const slowed = fillStarts(throttled?.at ?? 0);
    expect(slowed.length).toBeGreaterThan(30);
    expect(mostInAMinute(slowed)).toBeLessThanOrEqual(10);
    expect(mostInAMinute(fillStarts(START))).toBeGreaterThan(10);
    expect(paused).toMatchObject({ cause: "absolute_max" });
    expect(billed(world)).toBeLessThanOrEqual(absoluteMax);
  });

  it("throttle gives the slot of a read back: reads follow one another, fills keep their distance", async () => {
    world = await live(prompts, { startAt: START, assembly: throttling.directory });
    forgetUntil(START + 4 * MINUTE);
    await world.pass(20 * MINUTE);
    expect(await controlItem()).toMatchObject({ throttled: { maxFillsPerMinute: 10 } });
    const since = START + 9 * MINUTE;
    expect(fillStarts(since)).toEqual([]);
    expect(world.touches(since).length).toBeGreaterThanOrEqual(2 * prompts.length);
    const busy = world.ran(since).filter(({ report }) => (report?.due ?? 0) > 2);
    expect(busy.length).toBeGreaterThan(0);
    for (const { at, endedAt, report } of busy) expect(endedAt - at).toBeLessThan(2_000 * (report?.due ?? 0));
  });
});
